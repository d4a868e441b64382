<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: GPL-2.0-or-later
     report.html. The page comes from the head of report.xml (reports/report.xsd) and the element
     `page` that lab/report/page.h describes, the lists of cases from documents of their own
     (lab/report/write-html.c), which are put where the page has the mark `cases N`.

     Everything that a guest or a user wrote reaches the page as text: no output is left unescaped,
     and no address is made of anything but @href, @image and anchors. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:exsl="http://exslt.org/common" xmlns:date="http://exslt.org/dates-and-times"
    exclude-result-prefixes="exsl date">

<xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>
<xsl:strip-space elements="*"/>

<xsl:param name="css"/>
<xsl:param name="script"/>
<xsl:param name="script-hash"/>

<xsl:variable name="page" select="/report/page"/>

<xsl:variable name="states-tree">
  <state name="passed" sign="✓">held all that the test asks</state>
  <state name="failed" sign="✗">a vendor’s failure, told by its findings</state>
  <state name="error" sign="!">the lab’s own fault; blames nobody</state>
  <state name="flaky" sign="≈">its attempts disagree</state>
  <state name="skipped" sign="–">does not apply here</state>
  <state name="not-run" sign="○">planned, but the run ended before it</state>
</xsl:variable>
<xsl:variable name="states" select="exsl:node-set($states-tree)/state"/>

<xsl:template match="/list"><xsl:apply-templates select="case"/></xsl:template>

<!-- ============ the page ============ -->

<xsl:template match="/report">
  <xsl:variable name="verdict">
    <xsl:choose>
      <xsl:when test="@exit-status = 0">passed</xsl:when>
      <xsl:when test="@exit-status = 1">failed</xsl:when>
      <xsl:when test="@exit-status = 4">flaky</xsl:when>
      <xsl:when test="@exit-status = 130">not-run</xsl:when>
      <xsl:otherwise>error</xsl:otherwise>
    </xsl:choose>
  </xsl:variable>
  <html lang="en">
    <head>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta name="generator" content="truce {@truce}"/>
      <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '{$script-hash}'; base-uri 'none'; form-action 'none'"/>
      <link rel="icon" href="data:,"/>
      <title><xsl:value-of select="concat(scenario/@name, ' · ', @run)"/></title>
      <style><xsl:value-of select="$css"/></style>
      <noscript><style>.cases > li[hidden] { display: list-item !important; }</style></noscript>
    </head>
    <body>
      <a class="skip" href="#main">Skip to the report</a>
      <xsl:call-template name="marks"/>
      <header class="top">
        <p class="kicker">Truce compatibility report</p>
        <h1>
          <xsl:choose>
            <xsl:when test="scenario/@title != ''"><xsl:value-of select="scenario/@title"/></xsl:when>
            <xsl:otherwise><xsl:value-of select="scenario/@name"/></xsl:otherwise>
          </xsl:choose>
        </h1>
        <p id="verdict" class="verdict {$verdict}">
          <span class="sign" aria-hidden="true">
            <xsl:value-of select="$states[@name = $verdict]/@sign"/>
          </span>
          <span><xsl:value-of select="verdict"/></span>
        </p>
        <xsl:if test="reason">
          <p class="reason"><xsl:value-of select="reason"/></p>
        </xsl:if>
        <dl class="facts">
          <div><dt>Run</dt><dd class="mono"><xsl:value-of select="@run"/></dd></div>
          <div><dt>Began</dt><dd><xsl:call-template name="moment">
            <xsl:with-param name="time" select="@began"/></xsl:call-template></dd></div>
          <div><dt>Took</dt><dd><xsl:call-template name="duration">
            <xsl:with-param name="ms" select="@duration-ms"/></xsl:call-template></dd></div>
          <div><dt>Outcome</dt><dd><xsl:value-of select="@outcome"/></dd></div>
          <div><dt>Exit status</dt><dd><xsl:value-of select="@exit-status"/></dd></div>
          <xsl:if test="reuse/@saved &gt; 0">
            <div><dt>Shared states</dt><dd id="reuse"><xsl:value-of select="reuse/@saved"/>, by
              <xsl:value-of select="reuse/@used"/> attempt<xsl:if test="reuse/@used != 1">s</xsl:if>:
              <xsl:call-template name="duration"><xsl:with-param name="ms" select="reuse/@spared-ms"/></xsl:call-template>
              not repeated</dd></div>
          </xsl:if>
        </dl>
      </header>
      <nav class="contents" aria-label="Contents">
        <ul>
          <li><a href="#tested">Tested</a></li>
          <xsl:if test="requirements"><li><a href="#requirements">Requirements</a></li></xsl:if>
          <xsl:if test="sweeps"><li><a href="#sweeps">Damaged content</a></li></xsl:if>
          <li><a href="#matrix">Matrix</a></li>
          <li><a href="#findings">Findings <span class="n"><xsl:value-of select="counts/@findings"/></span></a></li>
          <li><a href="#cases">Cases <span class="n"><xsl:value-of select="counts/@cases"/></span></a></li>
          <li><a href="#environment">Environment</a></li>
        </ul>
      </nav>
      <main id="main" tabindex="-1">
        <xsl:call-template name="tested"/>
        <xsl:apply-templates select="requirements"/>
        <xsl:apply-templates select="sweeps"/>
        <xsl:call-template name="matrix"/>
        <xsl:call-template name="findings"/>
        <xsl:call-template name="cases"/>
        <xsl:call-template name="environment"/>
      </main>
      <footer>
        <p>Made by truce <xsl:value-of select="@truce"/> from what this run recorded. The same
          numbers stand in report.json, report.xml and junit.xml. Times are UTC.</p>
      </footer>
      <script><xsl:value-of select="$script"/></script>
    </body>
  </html>
</xsl:template>

<!-- ============ what was tested, what was not ============ -->

<xsl:template name="tested">
  <xsl:variable name="counts" select="counts"/>
  <section id="tested" aria-labelledby="tested-title">
    <h2 id="tested-title">What was tested, and what was not</h2>
    <xsl:if test="counts/@cases &gt; 0">
      <div class="share" aria-hidden="true">
        <xsl:for-each select="$states">
          <xsl:variable name="count" select="$counts/@*[name() = current()/@name]"/>
          <xsl:if test="$count &gt; 0">
            <span class="{@name}" style="flex-grow:{$count}"></span>
          </xsl:if>
        </xsl:for-each>
      </div>
    </xsl:if>
    <ul class="counts">
      <xsl:for-each select="$states">
        <xsl:variable name="count" select="$counts/@*[name() = current()/@name]"/>
        <li class="{@name}">
          <xsl:if test="$count = 0"><xsl:attribute name="class">none</xsl:attribute></xsl:if>
          <a href="#cases" data-state="{@name}">
            <b id="count-{@name}"><xsl:value-of select="$count"/></b>
            <span class="what">
              <span class="sign" aria-hidden="true"><xsl:value-of select="@sign"/></span>
              <xsl:text> </xsl:text>
              <xsl:call-template name="state-text"><xsl:with-param name="state" select="@name"/></xsl:call-template>
            </span>
          </a>
          <small><xsl:value-of select="."/></small>
        </li>
      </xsl:for-each>
    </ul>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="tests-caption">
      <table class="tests">
        <caption id="tests-caption">Tests of this scenario</caption>
        <thead><tr>
          <th scope="col">Test</th><th scope="col">What it does</th>
          <th scope="col">Cases</th><th scope="col">Results</th>
        </tr></thead>
        <tbody>
          <xsl:for-each select="$page/test">
            <tr>
              <th scope="row" class="mono"><xsl:value-of select="@name"/></th>
              <td><xsl:value-of select="@title"/></td>
              <td class="number"><xsl:value-of select="@cases"/></td>
              <td>
                <a class="cell" href="#cases" data-test="{@name}"><xsl:call-template name="chips"/></a>
              </td>
            </tr>
          </xsl:for-each>
        </tbody>
      </table>
    </div>
    <xsl:call-template name="untested"/>
    <xsl:for-each select="guests/guest[limits != '']">
      <aside class="limits" aria-label="Limits of the guest {@name}">
        <h3>What a pass on <span class="mono"><xsl:value-of select="@name"/></span> does not show</h3>
        <p><xsl:value-of select="limits"/></p>
      </aside>
    </xsl:for-each>
  </section>
</xsl:template>

<xsl:template name="untested">
  <h3>Not tested</h3>
  <xsl:if test="not($page/untested)"><p class="quiet">Every planned case ran to its end.</p></xsl:if>
  <ul class="untested">
    <xsl:for-each select="$page/untested">
      <li>
        <xsl:call-template name="badge"><xsl:with-param name="state" select="@state"/></xsl:call-template>
        <xsl:text> </xsl:text>
        <xsl:call-template name="case-link"/>
        <xsl:if test="@count &gt; 1">
          <xsl:text> and </xsl:text><xsl:value-of select="@count - 1"/><xsl:text> more</xsl:text>
        </xsl:if>
        <xsl:text>: </xsl:text>
        <xsl:choose>
          <xsl:when test=". != ''"><xsl:value-of select="."/></xsl:when>
          <xsl:otherwise>no reason was recorded</xsl:otherwise>
        </xsl:choose>
      </li>
    </xsl:for-each>
  </ul>
</xsl:template>

<!-- Whatever has the id of a case, and its anchor where the case is listed. -->
<xsl:template name="case-link">
  <xsl:choose>
    <xsl:when test="@anchor"><a href="#{@anchor}" class="mono"><xsl:value-of select="@id"/></a></xsl:when>
    <xsl:otherwise><span class="mono"><xsl:value-of select="@id"/></span></xsl:otherwise>
  </xsl:choose>
</xsl:template>

<!-- ============ requirements ============ -->

<xsl:template match="requirements">
  <section id="requirements" aria-labelledby="requirements-title">
    <h2 id="requirements-title">Requirements</h2>
    <p class="quiet">Met: all cases behind it that apply passed. Not met: one failed or is flaky. Not
      tested: none ran, or not all of them.</p>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="requirements-caption">
      <table class="plain">
        <caption id="requirements-caption"><xsl:value-of select="count(requirement[@state = 'met'])"/> met,
          <xsl:value-of select="count(requirement[@state = 'not-met'])"/> not met,
          <xsl:value-of select="count(requirement[@state = 'not-tested'])"/> not tested</caption>
        <thead><tr><th scope="col">Id</th><th scope="col">Requirement</th><th scope="col">State</th>
          <th scope="col">Cases behind it</th></tr></thead>
        <tbody>
          <xsl:for-each select="requirement">
            <tr>
              <th scope="row" class="mono"><xsl:value-of select="@id"/></th>
              <td><xsl:value-of select="@title"/></td>
              <td><span>
                <xsl:attribute name="class">badge <xsl:choose>
                  <xsl:when test="@state = 'met'">passed</xsl:when>
                  <xsl:when test="@state = 'not-met'">failed</xsl:when>
                  <xsl:otherwise>not-run</xsl:otherwise></xsl:choose></xsl:attribute>
                <span aria-hidden="true"><xsl:choose><xsl:when test="@state = 'met'">✓</xsl:when>
                  <xsl:when test="@state = 'not-met'">✗</xsl:when><xsl:otherwise>○</xsl:otherwise></xsl:choose></span>
                <xsl:text> </xsl:text><xsl:value-of select="translate(@state, '-', ' ')"/>
              </span></td>
              <td>
                <xsl:if test="not(by)">none</xsl:if>
                <xsl:if test="by"><a href="#cases" data-requirement="{@id}"><xsl:value-of select="count(by)"/> case<xsl:if test="count(by) &gt; 1">s</xsl:if></a>
                  <ul class="behind">
                    <xsl:for-each select="by[position() &lt;= 10]"><li><span class="mono"><xsl:value-of select="@case"/></span><xsl:text> </xsl:text><xsl:value-of select="@state"/></li></xsl:for-each>
                    <xsl:if test="count(by) &gt; 10"><li>and <xsl:value-of select="count(by) - 10"/> more</li></xsl:if>
                  </ul></xsl:if>
              </td>
            </tr>
          </xsl:for-each>
        </tbody>
      </table>
    </div>
  </section>
</xsl:template>

<!-- ============ damaged content ============ -->

<xsl:template match="sweeps">
  <section id="sweeps" aria-labelledby="sweeps-title">
    <h2 id="sweeps-title">Damaged content</h2>
    <p class="quiet">Refused, survived: nothing was found afterwards. Died: the product or the guest
      went down. Impaired: something else was found. The same damage gives the same bytes.</p>
    <xsl:for-each select="sweep">
      <div class="scroll" tabindex="0" role="region" aria-labelledby="sweep-{position()}">
        <table class="plain">
          <caption id="sweep-{position()}"><xsl:value-of select="@target"/>, test
            <xsl:value-of select="@test"/>: <xsl:value-of select="@refused"/> refused,
            <xsl:value-of select="@survived"/> survived, <xsl:value-of select="@died"/> died,
            <xsl:value-of select="@impaired"/> impaired, <xsl:value-of select="@unknown"/> unknown</caption>
          <thead><tr><th scope="col">Damage</th><th scope="col">What was done</th>
            <th scope="col">Outcome</th></tr></thead>
          <tbody>
            <xsl:for-each select="mutation">
              <tr>
                <th scope="row" class="mono"><xsl:value-of select="@damage"/></th>
                <td><xsl:value-of select="."/></td>
                <td><span>
                  <xsl:attribute name="class">badge <xsl:choose>
                    <xsl:when test="@outcome = 'refused' or @outcome = 'survived'">passed</xsl:when>
                    <xsl:when test="@outcome = 'unknown'">not-run</xsl:when>
                    <xsl:otherwise>failed</xsl:otherwise></xsl:choose></xsl:attribute>
                  <span aria-hidden="true"><xsl:choose>
                    <xsl:when test="@outcome = 'refused' or @outcome = 'survived'">✓</xsl:when>
                    <xsl:when test="@outcome = 'unknown'">○</xsl:when><xsl:otherwise>✗</xsl:otherwise></xsl:choose></span>
                  <xsl:text> </xsl:text><xsl:value-of select="@outcome"/>
                </span></td>
              </tr>
            </xsl:for-each>
          </tbody>
        </table>
      </div>
    </xsl:for-each>
  </section>
</xsl:template>

<!-- ============ the matrix ============ -->

<xsl:template name="matrix">
  <section id="matrix" aria-labelledby="matrix-title">
    <h2 id="matrix-title">Matrix</h2>
    <xsl:for-each select="$page/table[@of = 'pairs' and row]">
      <p class="quiet">In the first table the row was installed first, the column after it; on the
        diagonal a vendor is alone. A case with three vendors stands in three of its cells. Each
        cell leads to its cases.</p>
      <xsl:call-template name="table">
        <xsl:with-param name="caption">Vendor by vendor</xsl:with-param>
        <xsl:with-param name="corner">installed first</xsl:with-param>
      </xsl:call-template>
    </xsl:for-each>
    <xsl:for-each select="$page/table[@of = 'sets' and row]">
      <xsl:call-template name="table">
        <xsl:with-param name="caption">Installed vendors by test</xsl:with-param>
        <xsl:with-param name="corner">vendors</xsl:with-param>
      </xsl:call-template>
    </xsl:for-each>
    <xsl:for-each select="$page/table[@of = 'guests' and row]">
      <xsl:call-template name="table">
        <xsl:with-param name="caption">Vendor by guest</xsl:with-param>
        <xsl:with-param name="corner">vendor</xsl:with-param>
      </xsl:call-template>
    </xsl:for-each>
    <xsl:for-each select="$page/table[@of = 'faults' and row]">
      <xsl:call-template name="table">
        <xsl:with-param name="caption">Vendor by fault</xsl:with-param>
        <xsl:with-param name="corner">vendor</xsl:with-param>
      </xsl:call-template>
    </xsl:for-each>
    <p class="legend">
      <xsl:for-each select="$states">
        <span class="chip {@name}"><xsl:value-of select="@sign"/></span>
        <xsl:text> </xsl:text>
        <xsl:call-template name="state-text"><xsl:with-param name="state" select="@name"/></xsl:call-template>
        <xsl:text>  </xsl:text>
      </xsl:for-each>
      <span class="untouched">·</span> no such case was planned
    </p>
  </section>
</xsl:template>

<xsl:template name="table">
  <xsl:param name="caption"/>
  <xsl:param name="corner"/>
  <div class="scroll" tabindex="0" role="region" aria-labelledby="{@of}-caption">
    <table class="matrix" id="{@of}">
      <caption id="{@of}-caption"><xsl:value-of select="$caption"/></caption>
      <thead><tr>
        <th scope="col"><span class="hidden"><xsl:value-of select="$corner"/></span></th>
        <xsl:for-each select="column"><th scope="col"><xsl:value-of select="@name"/></th></xsl:for-each>
      </tr></thead>
      <tbody>
        <xsl:for-each select="row">
          <tr>
            <th scope="row"><xsl:value-of select="@name"/></th>
            <xsl:apply-templates select="cell"/>
          </tr>
        </xsl:for-each>
      </tbody>
    </table>
  </div>
</xsl:template>

<xsl:template match="cell">
  <td>
    <xsl:if test="../../@of = 'pairs' and @column = ../@name"><xsl:attribute name="class">alone</xsl:attribute></xsl:if>
    <xsl:choose>
      <xsl:when test="not(@cases)"><xsl:call-template name="no-case"/></xsl:when>
      <xsl:otherwise>
        <a class="cell" href="#cases">
          <xsl:choose>
            <xsl:when test="../../@of = 'pairs'">
              <xsl:attribute name="data-first"><xsl:value-of select="../@name"/></xsl:attribute>
              <xsl:attribute name="data-second"><xsl:value-of select="@column"/></xsl:attribute>
            </xsl:when>
            <xsl:when test="../../@of = 'sets'">
              <xsl:attribute name="data-set"><xsl:value-of select="../@name"/></xsl:attribute>
              <xsl:attribute name="data-test"><xsl:value-of select="@column"/></xsl:attribute>
            </xsl:when>
            <xsl:otherwise>
              <xsl:attribute name="data-with"><xsl:value-of select="../@name"/></xsl:attribute>
              <xsl:if test="../../@of = 'guests'"><xsl:attribute name="data-guest"><xsl:value-of select="@column"/></xsl:attribute></xsl:if>
              <xsl:if test="../../@of = 'faults'"><xsl:attribute name="data-fault"><xsl:value-of select="@column"/></xsl:attribute></xsl:if>
            </xsl:otherwise>
          </xsl:choose>
          <xsl:call-template name="chips"/>
        </a>
      </xsl:otherwise>
    </xsl:choose>
  </td>
</xsl:template>

<!-- Whatever has counts: a test, a cell. -->
<xsl:template name="chips">
  <xsl:variable name="of" select="."/>
  <xsl:for-each select="$states">
    <xsl:variable name="count" select="$of/@*[name() = current()/@name]"/>
    <xsl:if test="$count &gt; 0">
      <span class="chip {@name}">
        <span aria-hidden="true"><xsl:value-of select="@sign"/></span>
        <xsl:text> </xsl:text><b><xsl:value-of select="$count"/></b>
        <span class="hidden"><xsl:text> </xsl:text><xsl:call-template name="state-text">
          <xsl:with-param name="state" select="@name"/></xsl:call-template><xsl:text> </xsl:text></span>
      </span>
    </xsl:if>
  </xsl:for-each>
</xsl:template>

<xsl:template name="no-case">
  <span class="untouched" aria-hidden="true">·</span><span class="hidden">no case</span>
</xsl:template>

<!-- ============ findings ============ -->

<xsl:template name="findings">
  <section id="findings" aria-labelledby="findings-title">
    <h2 id="findings-title">Findings</h2>
    <xsl:choose>
      <xsl:when test="not($page/group)"><p class="quiet">No case has a finding.</p></xsl:when>
      <xsl:otherwise>
        <p class="quiet">The same kind, stop code, module and blame are one entry.</p>
        <xsl:apply-templates select="$page/group"/>
      </xsl:otherwise>
    </xsl:choose>
  </section>
</xsl:template>

<xsl:template match="group">
  <article class="finding" id="finding-{@number}" aria-labelledby="finding-{@number}-title">
    <h3 id="finding-{@number}-title">
      <span class="kind"><xsl:value-of select="finding/@kind"/></span>
      <xsl:if test="finding/bugcheck/@module">
        <xsl:text> in </xsl:text><span class="mono"><xsl:value-of select="finding/bugcheck/@module"/></span>
      </xsl:if>
      <xsl:text> </xsl:text>
      <span class="times">
        <xsl:value-of select="@count"/>
        <xsl:choose><xsl:when test="@count = 1"> case</xsl:when><xsl:otherwise> times</xsl:otherwise></xsl:choose>
      </span>
    </h3>
    <xsl:for-each select="finding">
      <p class="summary"><xsl:value-of select="summary"/></p>
      <xsl:call-template name="finding-facts"/>
    </xsl:for-each>
    <h4>To see it again</h4>
    <pre class="command" tabindex="0"><code><xsl:value-of select="@command"/></code></pre>
    <p class="quiet">
      <xsl:choose>
        <xsl:when test="@count = 1">The case is </xsl:when>
        <xsl:otherwise>The shortest of its cases is </xsl:otherwise>
      </xsl:choose>
      <xsl:for-each select="seen[1]">
        <xsl:call-template name="case-link"/>
        <xsl:if test="@step-name">, step <xsl:value-of select="@step"/>: <span class="mono"><xsl:value-of select="@step-name"/></span></xsl:if>
      </xsl:for-each>
      <xsl:text>.</xsl:text>
    </p>
    <xsl:if test="@count &gt; 1">
      <h4>Seen in</h4>
      <ul class="seen">
        <xsl:for-each select="seen"><li><xsl:call-template name="case-link"/></li></xsl:for-each>
        <xsl:if test="@count &gt; count(seen)">
          <li><a href="#cases" data-finding="{@number}">all <xsl:value-of select="@count"/>, in the list of cases</a></li>
        </xsl:if>
      </ul>
    </xsl:if>
  </article>
</xsl:template>

<!-- Blame, reasons, bugcheck, recovery, evidence of the current finding. -->
<xsl:template name="finding-facts">
  <div class="panes">
    <div>
      <dl class="facts">
        <div><dt>Whose</dt><dd class="blame">
          <xsl:choose>
            <xsl:when test="vendor">
              <xsl:for-each select="vendor">
                <xsl:if test="position() &gt; 1"> or </xsl:if>
                <b><xsl:value-of select="@name"/></b>
              </xsl:for-each>
            </xsl:when>
            <xsl:otherwise>unknown</xsl:otherwise>
          </xsl:choose>
        </dd></div>
        <div><dt>Confidence</dt><dd><xsl:call-template name="confidence"/></dd></div>
        <xsl:if test="@boots"><div><dt>Boots</dt><dd><xsl:value-of select="@boots"/></dd></div></xsl:if>
        <xsl:if test="recovery">
          <div><dt>Recovery</dt><dd><b><xsl:value-of select="recovery/@grade"/></b>, <xsl:call-template name="duration">
            <xsl:with-param name="ms" select="recovery/@duration-ms"/></xsl:call-template>,
            <xsl:value-of select="recovery/@reboots"/> reboot<xsl:if test="recovery/@reboots != 1">s</xsl:if></dd></div>
        </xsl:if>
      </dl>
      <xsl:if test="known-issue">
        <p class="known"><b>Known issue <xsl:value-of select="known-issue/@id"/></b>
          <xsl:if test="known-issue != ''">: <xsl:value-of select="known-issue"/></xsl:if></p>
      </xsl:if>
      <xsl:if test="recovery != ''"><p class="quiet"><xsl:value-of select="recovery"/></p></xsl:if>
      <xsl:if test="reason">
        <ul class="reasons">
          <xsl:for-each select="reason"><li><xsl:value-of select="."/></li></xsl:for-each>
        </ul>
      </xsl:if>
    </div>
    <xsl:for-each select="bugcheck">
      <dl class="dump" aria-label="Crash dump summary">
        <div><dt>Stop code</dt><dd class="mono"><xsl:value-of select="@code"/></dd></div>
        <xsl:if test="@name"><div><dt>Name</dt><dd class="mono"><xsl:value-of select="@name"/></dd></div></xsl:if>
        <xsl:if test="@module"><div><dt>Module</dt><dd class="mono"><xsl:value-of select="@module"/><xsl:if test="@offset">+<xsl:value-of select="@offset"/></xsl:if></dd></div></xsl:if>
        <xsl:if test="parameter"><div><dt>Parameters</dt><dd class="mono">
          <xsl:for-each select="parameter"><span><xsl:value-of select="."/></span><xsl:text> </xsl:text></xsl:for-each>
        </dd></div></xsl:if>
        <div><dt>Read from</dt><dd><xsl:value-of select="@source"/></dd></div>
      </dl>
    </xsl:for-each>
  </div>
  <xsl:if test="evidence">
    <p class="files"><span class="label">Evidence</span>
      <xsl:for-each select="evidence">
        <xsl:text> </xsl:text>
        <xsl:call-template name="file">
          <xsl:with-param name="path" select="."/>
          <xsl:with-param name="href" select="@href"/>
        </xsl:call-template>
      </xsl:for-each>
    </p>
  </xsl:if>
</xsl:template>

<!-- Three bars, and the word. -->
<xsl:template name="confidence">
  <span class="confidence {@confidence}"><i></i><i></i><i></i></span>
  <xsl:text> </xsl:text><xsl:value-of select="@confidence"/>
</xsl:template>

<!-- The file's name; the path below its attempt where that tells it from others. -->
<xsl:template name="file">
  <xsl:param name="path"/>
  <xsl:param name="href"/>
  <xsl:variable name="below" select="substring-after(substring-after($path, 'cases/'), '/')"/>
  <xsl:variable name="name">
    <xsl:choose>
      <xsl:when test="substring-after($below, '/') != ''"><xsl:value-of select="substring-after($below, '/')"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="$path"/></xsl:otherwise>
    </xsl:choose>
  </xsl:variable>
  <xsl:choose>
    <xsl:when test="$href"><a class="file mono" href="{$href}"><xsl:value-of select="$name"/></a></xsl:when>
    <xsl:otherwise><span class="file mono" title="{$path}"><xsl:value-of select="$name"/></span></xsl:otherwise>
  </xsl:choose>
</xsl:template>

<!-- ============ cases ============ -->

<xsl:template name="cases">
  <section id="cases" aria-labelledby="cases-title" tabindex="-1">
    <h2 id="cases-title">Cases</h2>
    <xsl:call-template name="filter"/>
    <xsl:if test="$page/@listed &gt; 0"><xsl:call-template name="timeline-key"/></xsl:if>
    <xsl:if test="$page/@listed &lt; $page/@cases">
      <p class="limits">This page lists <b id="listed"><xsl:value-of select="$page/@listed"/></b> of
        <xsl:value-of select="$page/@cases"/> cases: those that did not pass first, then the others in
        the plan’s order. The counts above are of all; report.json has every case.</p>
    </xsl:if>
    <xsl:for-each select="$page/test">
      <section class="test" aria-labelledby="test-{@number}">
        <h3 id="test-{@number}">
          <span class="mono"><xsl:value-of select="@name"/></span>
          <xsl:text> </xsl:text><span class="quiet"><xsl:value-of select="@title"/></span>
        </h3>
        <ul class="cases"><xsl:comment>cases <xsl:value-of select="@number"/> </xsl:comment></ul>
      </section>
    </xsl:for-each>
    <xsl:if test="$page/@cases = 0"><p class="quiet">No case was planned.</p></xsl:if>
    <p id="nothing" hidden="hidden">No case matches the filter.</p>
    <p id="more" hidden="hidden"><span id="more-text"></span>
      <button type="button">Show 200 more</button>
      <xsl:text> </xsl:text>
      <button type="button" id="more-all">Show all</button>
    </p>
  </section>
</xsl:template>

<xsl:template name="filter">
  <form id="filter" role="search" aria-label="Filter the cases" hidden="hidden">
    <label class="wide"><span>Search</span>
      <input type="search" id="filter-text" autocomplete="off" spellcheck="false"
          placeholder="id, module, summary …  ( / )"/></label>
    <label><span>State</span>
      <select id="filter-state"><option value="">any</option>
        <xsl:for-each select="$states">
          <option value="{@name}"><xsl:value-of select="@sign"/><xsl:text> </xsl:text><xsl:call-template name="state-text">
            <xsl:with-param name="state" select="@name"/></xsl:call-template></option>
        </xsl:for-each>
      </select></label>
    <label><span>Vendor</span>
      <select id="filter-vendor"><option value="">any</option>
        <xsl:for-each select="$page/vendor">
          <option value="{@name}"><xsl:value-of select="@name"/></option>
        </xsl:for-each>
      </select></label>
    <label><span>Test</span>
      <select id="filter-test"><option value="">any</option>
        <xsl:for-each select="$page/test">
          <option value="{@name}"><xsl:value-of select="@name"/></option>
        </xsl:for-each>
      </select></label>
    <button type="reset">Clear</button>
    <output id="shown" aria-live="polite"></output>
  </form>
</xsl:template>

<xsl:template match="case">
  <xsl:variable name="deciding" select="attempt[@number = current()/@deciding-attempt]"/>
  <li>
    <!-- report.js shows them by and by; without scripts, the head's noscript shows all. -->
    <xsl:if test="substring-after(@anchor, '-') &gt; 200"><xsl:attribute name="hidden">hidden</xsl:attribute></xsl:if>
    <details class="case" id="{@anchor}" data-state="{@state}" data-test="{@test}"
        data-guest="{@guest}" data-set="{@set}">
      <xsl:if test="requirement">
        <xsl:attribute name="data-requirements">
          <xsl:for-each select="requirement"><xsl:value-of select="concat(' ', @id, ' ')"/></xsl:for-each>
        </xsl:attribute>
      </xsl:if>
      <xsl:if test="fault">
        <xsl:attribute name="data-faults">
          <xsl:for-each select="fault"><xsl:value-of select="concat(' ', @name, ' ')"/></xsl:for-each>
        </xsl:attribute>
      </xsl:if>
      <xsl:if test="$deciding/findings/finding">
        <xsl:attribute name="data-findings">
          <xsl:for-each select="$deciding/findings/finding"><xsl:value-of select="concat(' ', @group, ' ')"/></xsl:for-each>
        </xsl:attribute>
      </xsl:if>
      <summary>
        <xsl:call-template name="badge"><xsl:with-param name="state" select="@state"/></xsl:call-template>
        <span class="id mono"><xsl:value-of select="@id"/></span>
        <span class="took"><xsl:if test="attempt"><xsl:call-template name="duration">
          <xsl:with-param name="ms" select="@duration-ms"/></xsl:call-template></xsl:if></span>
        <xsl:for-each select="$deciding/findings/finding">
          <span class="short"><b><xsl:value-of select="@kind"/></b>: <xsl:value-of select="summary"/></span>
        </xsl:for-each>
        <xsl:if test="reason and not($deciding/findings/finding)">
          <span class="short"><xsl:value-of select="reason"/></span>
        </xsl:if>
      </summary>
      <div class="body">
        <p class="quiet"><xsl:value-of select="why"/>
          <xsl:if test="@control = 'true'"> (a control)</xsl:if>.
          <xsl:if test="@parent">Added by the run for
            <span class="mono"><xsl:value-of select="@parent"/></span>. </xsl:if>
          Vendors: <xsl:value-of select="@set"/>.
          Guest: <xsl:value-of select="@guest"/>.
          <xsl:for-each select="parameter">
            <xsl:value-of select="@name"/>: <span class="mono"><xsl:value-of select="@value"/></span>.
          </xsl:for-each>
          <xsl:if test="fault">Faults: <xsl:for-each select="fault"><xsl:if test="position() &gt; 1">, </xsl:if><xsl:value-of select="@name"/></xsl:for-each>. </xsl:if>
          <xsl:if test="requirement">Evidence for: <xsl:for-each select="requirement"><xsl:if test="position() &gt; 1">, </xsl:if><span class="mono"><xsl:value-of select="@id"/></span></xsl:for-each>.</xsl:if>
        </p>
        <xsl:if test="reason and $deciding/findings/finding">
          <p class="reason"><xsl:value-of select="reason"/></p>
        </xsl:if>
        <xsl:if test="not(attempt)"><p class="quiet">It never began.</p></xsl:if>
        <xsl:apply-templates select="attempt"/>
      </div>
    </details>
  </li>
</xsl:template>

<xsl:template match="attempt">
  <xsl:if test="count(../attempt) &gt; 1 or @state != ../@state">
    <h4>Attempt <xsl:value-of select="@number"/>
      <xsl:text> </xsl:text>
      <xsl:call-template name="badge"><xsl:with-param name="state" select="@state"/></xsl:call-template>
      <xsl:if test="@number = ../@deciding-attempt and count(../attempt) &gt; 1">
        <xsl:text> </xsl:text><span class="quiet">decided the case</span>
      </xsl:if>
    </h4>
    <xsl:if test="reason"><p class="reason"><xsl:value-of select="reason"/></p></xsl:if>
  </xsl:if>
  <xsl:apply-templates select="began-with"/>
  <xsl:call-template name="timeline"/>
  <xsl:if test="comparison">
    <ul class="comparisons"><xsl:apply-templates select="comparison"/></ul>
  </xsl:if>
  <xsl:if test="curve"><div class="curves"><xsl:apply-templates select="curve"/></div></xsl:if>
  <xsl:for-each select="findings/finding">
    <div class="finding">
      <p class="summary"><b><xsl:value-of select="@kind"/></b>: <xsl:value-of select="summary"/></p>
      <xsl:call-template name="finding-facts"/>
    </div>
  </xsl:for-each>
  <div class="panes">
    <xsl:if test="steps/step">
      <div>
        <p class="label">Steps</p>
        <ul class="steps">
          <xsl:apply-templates select="steps/step"/>
        </ul>
      </div>
    </xsl:if>
    <xsl:if test="events/event">
      <div>
        <p class="label">Events</p>
        <xsl:variable name="began" select="date:seconds(@began)"/>
        <ul class="events">
          <xsl:for-each select="events/event">
            <li class="{@kind}">
              <span class="at"><xsl:value-of select="format-number(date:seconds(@time) - $began, '0.0')"/> s</span>
              <xsl:text> </xsl:text><b><xsl:value-of select="@kind"/></b><xsl:text> </xsl:text>
              <xsl:value-of select="."/>
            </li>
          </xsl:for-each>
        </ul>
      </div>
    </xsl:if>
  </div>
  <xsl:apply-templates select="evidence[item]"/>
</xsl:template>

<xsl:template match="step">
  <li>
    <xsl:attribute name="class">
      <xsl:choose><xsl:when test="@outcome"><xsl:value-of select="@outcome"/></xsl:when><xsl:otherwise>open</xsl:otherwise></xsl:choose>
      <xsl:if test="contains(@id, '.')"> inner</xsl:if>
    </xsl:attribute>
    <span class="at"><xsl:value-of select="@id"/></span><xsl:text> </xsl:text>
    <span class="mono"><xsl:value-of select="@name"/></span><xsl:text> </xsl:text>
    <span class="took">
      <xsl:choose>
        <xsl:when test="not(@outcome)">never ended</xsl:when>
        <xsl:when test="@outcome = 'skipped'">skipped</xsl:when>
        <xsl:otherwise>
          <xsl:if test="@outcome != 'ok'"><b><xsl:value-of select="@outcome"/></b><xsl:text> </xsl:text></xsl:if>
          <xsl:call-template name="duration"><xsl:with-param name="ms" select="@duration-ms"/></xsl:call-template>
        </xsl:otherwise>
      </xsl:choose>
    </span>
    <xsl:if test="message"><span class="message"><xsl:value-of select="message"/></span></xsl:if>
  </li>
</xsl:template>

<xsl:template match="began-with">
  <p class="quiet began-with">Began with the shared state <span class="mono"><xsl:value-of select="@state"/></span>,
    saved by <span class="mono"><xsl:value-of select="@saved-by"/></span>:
    <xsl:call-template name="duration"><xsl:with-param name="ms" select="@spared-ms"/></xsl:call-template>
    of steps not repeated</p>
</xsl:template>

<xsl:template match="attempt/evidence">
  <p class="files"><span class="label">Collected</span>
    <xsl:for-each select="item[@file]">
      <xsl:text> </xsl:text>
      <xsl:call-template name="file">
        <xsl:with-param name="path" select="@file"/>
        <xsl:with-param name="href" select="@href"/>
      </xsl:call-template>
      <xsl:text> </xsl:text><small><xsl:call-template name="size"/></small>
    </xsl:for-each>
  </p>
  <xsl:if test="item[not(@outcome = 'collected')]">
    <ul class="missing">
      <xsl:for-each select="item[not(@outcome = 'collected')]">
        <li><xsl:value-of select="@kind"/>: <xsl:value-of select="@outcome"/>
          <xsl:if test="reason">, <xsl:value-of select="reason"/></xsl:if></li>
      </xsl:for-each>
    </ul>
  </xsl:if>
  <xsl:if test="item[@image]">
    <div class="screens">
      <xsl:for-each select="item[@image]">
        <figure>
          <a href="{@href}"><img src="{@image}" loading="lazy" alt="Screenshot {position()} of the guest"/></a>
          <figcaption class="mono"><xsl:call-template name="file">
            <xsl:with-param name="path" select="@file"/></xsl:call-template></figcaption>
        </figure>
      </xsl:for-each>
    </div>
  </xsl:if>
</xsl:template>

<!-- ============ resource curves ============ -->

<xsl:template match="comparison">
  <li class="{@verdict}"><b><xsl:value-of select="@kind"/></b>
    <xsl:text> of </xsl:text><xsl:value-of select="@name"/><xsl:text> in step </xsl:text><xsl:value-of select="@step"/>
    <xsl:text>: </xsl:text><b><xsl:value-of select="@verdict"/></b>
    <xsl:if test="@estimate"><xsl:text>, </xsl:text><xsl:value-of select="format-number(@estimate, '0.##')"/><xsl:text> </xsl:text><xsl:value-of select="@unit"/></xsl:if>
    <xsl:text> (</xsl:text>
    <xsl:if test="@low or @high">
      <xsl:choose><xsl:when test="@low"><xsl:value-of select="format-number(@low, '0.##')"/></xsl:when><xsl:otherwise>unbounded</xsl:otherwise></xsl:choose>
      <xsl:text> to </xsl:text>
      <xsl:choose><xsl:when test="@high"><xsl:value-of select="format-number(@high, '0.##')"/></xsl:when><xsl:otherwise>unbounded</xsl:otherwise></xsl:choose>
      <xsl:if test="@confidence"> with <xsl:value-of select="format-number(@confidence * 100, '0.#')"/> %</xsl:if>
      <xsl:text>, </xsl:text>
    </xsl:if>
    <xsl:text>limit </xsl:text><xsl:value-of select="@limit"/>
    <xsl:text>; </xsl:text><xsl:value-of select="@count"/> measured, <xsl:value-of select="@control-count"/><xsl:text> of the control)</xsl:text>
    <xsl:if test="reason">: <xsl:value-of select="reason"/></xsl:if>
  </li>
</xsl:template>

<xsl:template match="curve">
  <figure class="curve">
    <figcaption><b><xsl:value-of select="@name"/></b>
      <xsl:text> </xsl:text><xsl:value-of select="@least"/> to <xsl:value-of select="@most"/><xsl:text> </xsl:text><xsl:value-of select="@unit"/> in <xsl:value-of select="@seconds"/> s
      <xsl:if test="@control"><span class="quiet">, control dashed</span></xsl:if>
    </figcaption>
    <svg role="img" viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="72">
      <xsl:attribute name="aria-label">
        <xsl:value-of select="concat(@name, ' in ', @unit, ': between ', @least, ' and ', @most, ', at the end ', @last)"/>
        <xsl:if test="@control"><xsl:value-of select="concat('; the control ', @control, ' ended with ', @control-last)"/></xsl:if>
      </xsl:attribute>
      <xsl:if test="other"><polyline class="other" points="{other/@points}"/></xsl:if>
      <polyline class="own" points="{own/@points}"/>
    </svg>
  </figure>
</xsl:template>

<!-- ============ the timeline ============
     Horizontal places are percentages of the attempt's duration, so the picture needs no script to
     fit any width. Lanes from the top: marks, the guest's life, steps, steps inside a load, time. -->

<xsl:template name="marks">
  <svg class="hidden" aria-hidden="true" width="0" height="0">
    <defs>
      <g id="m-boot"><path d="M0 -5 L4.5 4 L-4.5 4 Z"/></g>
      <g id="m-ready"><circle r="3.5"/></g>
      <g id="m-crash"><path d="M-4 -4 L4 4 M4 -4 L-4 4"/></g>
      <g id="m-recovery"><path d="M0 -5 L5 0 L0 5 L-5 0 Z"/></g>
      <g id="m-fault"><path d="M1.5 -6 L-4 1 L-0.5 1 L-1.5 6 L4 -1 L0.5 -1 Z"/></g>
      <g id="m-load"><path d="M-4.5 4 L-4.5 0 L-1.8 0 L-1.8 4 Z M-1.3 4 L-1.3 -2.5 L1.4 -2.5 L1.4 4 Z M1.9 4 L1.9 -5 L4.6 -5 L4.6 4 Z"/></g>
      <g id="m-probe"><path d="M-4.5 0 L-1.5 3.5 L4.5 -4"/></g>
      <g id="m-other"><path d="M0 -4 L0 4"/></g>
    </defs>
  </svg>
</xsl:template>

<xsl:template name="timeline-key">
  <p class="key"><span>In a case’s timeline:</span>
    <span><svg width="14" height="14" aria-hidden="true"><use class="m-boot" href="#m-boot" x="7" y="7"/></svg>boot</span>
    <span><svg width="14" height="14" aria-hidden="true"><use class="m-ready" href="#m-ready" x="7" y="7"/></svg>ready</span>
    <span><svg width="14" height="14" aria-hidden="true"><use class="m-crash" href="#m-crash" x="7" y="7"/></svg>crash</span>
    <span><svg width="14" height="14" aria-hidden="true"><use class="m-recovery" href="#m-recovery" x="7" y="7"/></svg>recovery</span>
    <span><svg width="14" height="14" aria-hidden="true"><use class="m-fault" href="#m-fault" x="7" y="7"/></svg>fault</span>
    <span><svg width="14" height="14" aria-hidden="true"><use class="m-load" href="#m-load" x="7" y="7"/></svg>load</span>
    <span><svg width="14" height="14" aria-hidden="true"><use class="m-probe" href="#m-probe" x="7" y="7"/></svg>probe</span>
    <span><svg width="14" height="14" aria-hidden="true"><use class="m-other" href="#m-other" x="7" y="7"/></svg>other event</span>
    <span><svg width="22" height="10" aria-hidden="true"><rect class="booting" width="22" height="10"/></svg>starting</span>
    <span><svg width="22" height="10" aria-hidden="true"><rect class="up" width="22" height="10"/></svg>up</span>
    <span><svg width="22" height="12" aria-hidden="true"><rect class="step" width="22" height="12"/></svg>step</span>
    <span><svg width="22" height="12" aria-hidden="true"><rect class="step failed" width="22" height="12"/></svg>failed step</span>
  </p>
</xsl:template>

<xsl:template name="timeline">
  <xsl:variable name="began" select="date:seconds(@began)"/>
  <xsl:variable name="scale" select="100000 div (@duration-ms + (@duration-ms = 0))"/>
  <xsl:variable name="boots" select="count(events/event[@kind = 'boot'])"/>
  <xsl:variable name="crashes" select="count(events/event[@kind = 'panic'])"/>
  <!-- Ten thousand attempts that passed go without tips and ticks, so that the page loads soon. -->
  <xsl:variable name="told" select="@state != 'passed'"/>
  <div class="timeline">
    <div class="lanes" aria-hidden="true"><span>marks</span><span>guest</span><span>steps</span></div>
    <svg role="img" width="100%" height="96">
      <xsl:attribute name="aria-label">
        <xsl:text>Timeline of attempt </xsl:text><xsl:value-of select="@number"/>
        <xsl:text>: </xsl:text><xsl:value-of select="count(steps/step[@began])"/><xsl:text> steps, </xsl:text>
        <xsl:value-of select="$boots"/><xsl:text> boots, </xsl:text>
        <xsl:value-of select="$crashes"/><xsl:text> crashes, </xsl:text>
        <xsl:value-of select="count(events/event[@kind = 'fault'])"/><xsl:text> events of faults in </xsl:text>
        <xsl:call-template name="duration"><xsl:with-param name="ms" select="@duration-ms"/></xsl:call-template>
        <xsl:text>. The steps and events below say the same.</xsl:text>
      </xsl:attribute>
      <xsl:choose>
        <xsl:when test="$told"><xsl:call-template name="axis"/></xsl:when>
        <xsl:otherwise>
          <text class="tick" y="93">0 s</text>
          <text class="tick end" x="100%" y="93"><xsl:call-template name="duration">
            <xsl:with-param name="ms" select="@duration-ms"/></xsl:call-template></text>
        </xsl:otherwise>
      </xsl:choose>
      <xsl:for-each select="events/event[@kind = 'boot' or @kind = 'ready']">
        <xsl:variable name="next" select="following-sibling::event[@kind = 'boot' or @kind = 'ready'
            or @kind = 'panic' or @kind = 'reset' or @kind = 'shutdown'][1]"/>
        <xsl:call-template name="bar">
          <xsl:with-param name="class"><xsl:choose>
            <xsl:when test="@kind = 'boot'">booting</xsl:when><xsl:otherwise>up</xsl:otherwise></xsl:choose></xsl:with-param>
          <xsl:with-param name="from" select="(date:seconds(@time) - $began) * $scale"/>
          <xsl:with-param name="to"><xsl:choose>
            <xsl:when test="$next"><xsl:value-of select="(date:seconds($next/@time) - $began) * $scale"/></xsl:when>
            <xsl:otherwise>100</xsl:otherwise></xsl:choose></xsl:with-param>
          <xsl:with-param name="y" select="30"/>
          <xsl:with-param name="height" select="10"/>
          <xsl:with-param name="title" select="self::*[$told]"/>
        </xsl:call-template>
      </xsl:for-each>
      <xsl:for-each select="steps/step[@began]">
        <xsl:variable name="from" select="(date:seconds(@began) - $began) * $scale"/>
        <xsl:variable name="inner" select="number(contains(@id, '.'))"/>
        <xsl:call-template name="bar">
          <xsl:with-param name="class">step <xsl:value-of select="@outcome"/></xsl:with-param>
          <xsl:with-param name="from" select="$from"/>
          <xsl:with-param name="to"><xsl:choose>
            <xsl:when test="@outcome"><xsl:value-of select="$from + @duration-ms * $scale div 1000"/></xsl:when>
            <xsl:otherwise>100</xsl:otherwise></xsl:choose></xsl:with-param>
          <xsl:with-param name="y" select="48 + 14 * $inner"/>
          <xsl:with-param name="height" select="12 - 5 * $inner"/>
          <xsl:with-param name="title"><xsl:if test="$told">
            <xsl:value-of select="concat(@id, ' ', @name, ': ', @outcome, ', ')"/>
            <xsl:call-template name="duration"><xsl:with-param name="ms" select="@duration-ms"/></xsl:call-template>
          </xsl:if></xsl:with-param>
        </xsl:call-template>
        <xsl:variable name="kind" select="substring-before(concat(@name, ' '), ' ')"/>
        <xsl:variable name="mark">
          <xsl:choose>
            <xsl:when test="$kind = 'inject'">fault</xsl:when>
            <xsl:when test="$kind = 'load' or $kind = 'stress' or $kind = 'soak'">load</xsl:when>
            <xsl:when test="$kind = 'probe' or $kind = 'detect'">probe</xsl:when>
          </xsl:choose>
        </xsl:variable>
        <xsl:if test="$mark != ''">
          <use class="m-{$mark}" href="#m-{$mark}" y="{54 + 12 * $inner}">
            <xsl:attribute name="x"><xsl:call-template name="percent">
              <xsl:with-param name="of" select="$from"/></xsl:call-template></xsl:attribute>
          </use>
        </xsl:if>
      </xsl:for-each>
      <xsl:for-each select="events/event[not(@kind = 'note') and not(@kind = 'stop')]">
        <xsl:variable name="shape">
          <xsl:choose>
            <xsl:when test="@kind = 'boot' or @kind = 'ready' or @kind = 'recovery' or @kind = 'fault'"><xsl:value-of select="@kind"/></xsl:when>
            <xsl:when test="@kind = 'panic'">crash</xsl:when>
            <xsl:otherwise>other</xsl:otherwise>
          </xsl:choose>
        </xsl:variable>
        <xsl:variable name="place" select="(date:seconds(@time) - $began) * $scale"/>
        <use class="m-{$shape}" href="#m-{$shape}" y="{7 + 13 * (@kind = 'boot' or @kind = 'ready') + 28 * (@kind = 'panic')}">
          <xsl:attribute name="x"><xsl:call-template name="percent">
            <xsl:with-param name="of" select="$place"/></xsl:call-template></xsl:attribute>
          <xsl:if test="$told"><title><xsl:value-of select="concat(@kind, ': ', .)"/></title></xsl:if>
        </use>
      </xsl:for-each>
    </svg>
  </div>
</xsl:template>

<xsl:template name="percent">
  <xsl:param name="of"/>
  <xsl:choose>
    <xsl:when test="not($of &gt; 0)">0%</xsl:when>
    <xsl:when test="$of &gt; 100">100%</xsl:when>
    <xsl:otherwise><xsl:value-of select="format-number($of, '0.##')"/>%</xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template name="bar">
  <xsl:param name="class"/>
  <xsl:param name="from"/>
  <xsl:param name="to"/>
  <xsl:param name="y"/>
  <xsl:param name="height"/>
  <xsl:param name="title"/>
  <xsl:variable name="start" select="$from * ($from &gt; 0)"/>
  <xsl:variable name="width" select="$to - $start"/>
  <rect class="{$class}" y="{$y}" height="{$height}">
    <xsl:attribute name="x"><xsl:call-template name="percent">
      <xsl:with-param name="of" select="$start"/></xsl:call-template></xsl:attribute>
    <xsl:attribute name="width"><xsl:call-template name="percent">
      <xsl:with-param name="of" select="$width"/></xsl:call-template></xsl:attribute>
    <xsl:if test="$title != ''"><title><xsl:value-of select="$title"/></title></xsl:if>
  </rect>
</xsl:template>

<!-- At most eight parts of a round number of seconds. -->
<xsl:template name="axis">
  <xsl:variable name="eighth" select="@duration-ms div 8000"/>
  <xsl:variable name="part">
    <xsl:choose>
      <xsl:when test="$eighth &lt;= 0.1">0.1</xsl:when><xsl:when test="$eighth &lt;= 0.5">0.5</xsl:when>
      <xsl:when test="$eighth &lt;= 1">1</xsl:when><xsl:when test="$eighth &lt;= 2">2</xsl:when>
      <xsl:when test="$eighth &lt;= 5">5</xsl:when><xsl:when test="$eighth &lt;= 10">10</xsl:when>
      <xsl:when test="$eighth &lt;= 30">30</xsl:when><xsl:when test="$eighth &lt;= 60">60</xsl:when>
      <xsl:when test="$eighth &lt;= 300">300</xsl:when><xsl:when test="$eighth &lt;= 600">600</xsl:when>
      <xsl:when test="$eighth &lt;= 3600">3600</xsl:when>
      <xsl:otherwise><xsl:value-of select="ceiling($eighth div 3600) * 3600"/></xsl:otherwise>
    </xsl:choose>
  </xsl:variable>
  <xsl:call-template name="tick">
    <xsl:with-param name="at" select="0"/>
    <xsl:with-param name="part" select="$part"/>
    <xsl:with-param name="total" select="@duration-ms div 1000"/>
  </xsl:call-template>
</xsl:template>

<xsl:template name="tick">
  <xsl:param name="at"/>
  <xsl:param name="part"/>
  <xsl:param name="total"/>
  <xsl:variable name="x" select="concat(format-number($at div ($total + ($total = 0)) * 100, '0.##'), '%')"/>
  <line class="tick" x1="{$x}" x2="{$x}" y1="0" y2="80"></line>
  <xsl:if test="$at = 0 or $total - $at &gt; $part div 3">
    <text class="tick" x="{$x}" y="93" dx="3"><xsl:choose>
      <xsl:when test="$part &gt;= 60"><xsl:value-of select="$at div 60"/> min</xsl:when>
      <xsl:otherwise><xsl:value-of select="format-number($at, '0.#')"/> s</xsl:otherwise>
    </xsl:choose></text>
  </xsl:if>
  <xsl:if test="$at + $part &lt;= $total">
    <xsl:call-template name="tick">
      <xsl:with-param name="at" select="$at + $part"/>
      <xsl:with-param name="part" select="$part"/>
      <xsl:with-param name="total" select="$total"/>
    </xsl:call-template>
  </xsl:if>
</xsl:template>

<!-- ============ the environment ============ -->

<xsl:template name="environment">
  <section id="environment" aria-labelledby="environment-title">
    <h2 id="environment-title">Environment</h2>
    <div class="panes">
      <div class="scroll" tabindex="0" role="region" aria-labelledby="lab-caption">
        <table class="plain">
          <caption id="lab-caption">Lab</caption>
          <tbody>
            <tr><th scope="row">truce</th><td><xsl:value-of select="@truce"/></td></tr>
            <tr><th scope="row">libvirt</th><td><xsl:value-of select="host/@libvirt"/></td></tr>
            <tr><th scope="row">QEMU</th><td><xsl:value-of select="host/@qemu"/></td></tr>
            <tr><th scope="row">Accelerator</th><td><xsl:value-of select="host/@accelerator"/></td></tr>
            <tr><th scope="row">Kernel</th><td><xsl:value-of select="host/@kernel"/></td></tr>
            <tr><th scope="row">CPUs</th><td><xsl:value-of select="host/@cpus"/></td></tr>
            <tr><th scope="row">Memory</th><td><xsl:value-of select="host/@memory-mib"/> MiB</td></tr>
            <xsl:for-each select="host/out">
              <tr><th scope="row">Taken out</th><td><xsl:value-of select="."/></td></tr>
            </xsl:for-each>
            <tr><th scope="row">Scenario</th><td><span class="mono"><xsl:value-of select="scenario/@file"/></span>
              <xsl:call-template name="sum"><xsl:with-param name="of" select="scenario/@sha256"/></xsl:call-template></td></tr>
          </tbody>
        </table>
      </div>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="guest-caption">
        <table class="plain">
          <caption id="guest-caption">Guests</caption>
          <thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col">Image</th>
            <th scope="col">Protections off</th><th scope="col">Last selftest</th></tr></thead>
          <tbody>
            <xsl:for-each select="guests/guest">
              <tr><th scope="row"><xsl:value-of select="@name"/></th>
                <td><xsl:value-of select="@kind"/></td>
                <td><xsl:value-of select="@title"/>
                  <xsl:call-template name="sum"><xsl:with-param name="of" select="@image-sha256"/></xsl:call-template></td>
                <td><xsl:if test="not(deviation)">none is recorded</xsl:if>
                  <xsl:for-each select="deviation"><xsl:if test="position() &gt; 1">; </xsl:if><xsl:value-of select="."/></xsl:for-each></td>
                <td><xsl:call-template name="selftest"/></td></tr>
            </xsl:for-each>
          </tbody>
        </table>
      </div>
      <xsl:for-each select="guests/guest[fact]">
        <div class="scroll" tabindex="0" role="region" aria-labelledby="facts-{position()}">
          <table class="plain">
            <caption id="facts-{position()}"><xsl:value-of select="@name"/>: its system, and what protects it, before any case</caption>
            <tbody>
              <xsl:for-each select="fact">
                <tr><th scope="row"><xsl:value-of select="@name"/></th><td><xsl:value-of select="@value"/></td></tr>
              </xsl:for-each>
            </tbody>
          </table>
        </div>
      </xsl:for-each>
    </div>
    <xsl:for-each select="vendors/vendor">
      <div class="scroll" tabindex="0" role="region" aria-labelledby="vendor-{position()}">
        <table class="plain files">
          <caption id="vendor-{position()}"><xsl:value-of select="@title"/>
            (<span class="mono"><xsl:value-of select="@name"/></span>)</caption>
          <thead><tr><th scope="col">File</th><th scope="col">SHA-256</th></tr></thead>
          <tbody>
            <xsl:for-each select="file">
              <tr><th scope="row" class="mono"><xsl:value-of select="@name"/></th>
                <td class="mono sum"><xsl:value-of select="@sha256"/></td></tr>
            </xsl:for-each>
          </tbody>
        </table>
      </div>
    </xsl:for-each>
  </section>
</xsl:template>

<xsl:template name="selftest">
  <xsl:if test="not(selftest)">none is recorded: nothing shows that this lab finds faults on it</xsl:if>
  <xsl:for-each select="selftest">
    <xsl:choose><xsl:when test="@passed = 'true'">passed</xsl:when><xsl:otherwise><b>failed</b></xsl:otherwise></xsl:choose>
    <xsl:if test="@quick = 'true'"> (the quick one)</xsl:if>, <xsl:value-of select="@found"/> of
    <xsl:value-of select="@faults"/> faults found, <xsl:value-of select="@quiet"/> of
    <xsl:value-of select="@healthy"/> healthy products without a finding,
    <xsl:call-template name="moment"><xsl:with-param name="time" select="@time"/></xsl:call-template>
    <xsl:if test="@other-image = 'true'">; <b>of another image than this run's</b></xsl:if>
    <xsl:if test="@other-truce = 'true'">; <b>by another version of truce</b>, <xsl:value-of select="@truce"/></xsl:if>
  </xsl:for-each>
</xsl:template>

<xsl:template name="sum">
  <xsl:param name="of"/>
  <xsl:if test="$of"><span class="sum mono" title="SHA-256"><xsl:value-of select="$of"/></span></xsl:if>
</xsl:template>

<!-- ============ words and numbers ============ -->

<xsl:template name="state-text">
  <xsl:param name="state"/>
  <xsl:value-of select="translate($state, '-', ' ')"/>
</xsl:template>

<xsl:template name="badge">
  <xsl:param name="state"/>
  <span class="badge {$state}"><span aria-hidden="true"><xsl:value-of select="$states[@name = $state]/@sign"/></span>
    <xsl:text> </xsl:text><xsl:call-template name="state-text"><xsl:with-param name="state" select="$state"/></xsl:call-template></span>
</xsl:template>

<xsl:template name="duration">
  <xsl:param name="ms"/>
  <xsl:variable name="seconds" select="floor($ms div 1000)"/>
  <xsl:choose>
    <xsl:when test="not($ms &gt;= 0)">–</xsl:when>
    <xsl:when test="$seconds &lt; 60"><xsl:value-of select="format-number(floor($ms div 100) div 10, '0.0')"/> s</xsl:when>
    <xsl:when test="$seconds &lt; 3600"><xsl:value-of select="floor($seconds div 60)"/> min <xsl:value-of select="format-number($seconds mod 60, '00')"/> s</xsl:when>
    <xsl:otherwise><xsl:value-of select="floor($seconds div 3600)"/> h <xsl:value-of select="format-number(floor($seconds div 60) mod 60, '00')"/> min</xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template name="size">
  <xsl:choose>
    <xsl:when test="@bytes &lt; 1024"><xsl:value-of select="@bytes"/> B</xsl:when>
    <xsl:when test="@bytes &lt; 1048576"><xsl:value-of select="format-number(@bytes div 1024, '0')"/> KiB</xsl:when>
    <xsl:otherwise><xsl:value-of select="format-number(@bytes div 1048576, '0')"/> MiB</xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template name="moment">
  <xsl:param name="time"/>
  <xsl:choose>
    <xsl:when test="$time"><time datetime="{$time}"><xsl:value-of select="substring($time, 1, 10)"/><xsl:text> </xsl:text><xsl:value-of select="substring($time, 12, 8)"/> UTC</time></xsl:when>
    <xsl:otherwise>never</xsl:otherwise>
  </xsl:choose>
</xsl:template>

</xsl:stylesheet>
