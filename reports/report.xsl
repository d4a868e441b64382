<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: GPL-2.0-or-later
     report.html from the document of report.xml (reports/report.xsd), with the attributes that
     lab/report/write-html.c adds to it and says in its head.

     Everything that a guest or a user wrote reaches the page as text: no output is left unescaped,
     and no address is made of anything but @href, @image and anchors. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:exsl="http://exslt.org/common" xmlns:date="http://exslt.org/dates-and-times"
    xmlns:set="http://exslt.org/sets" exclude-result-prefixes="exsl date set">

<xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>
<xsl:strip-space elements="*"/>

<xsl:param name="css"/>
<xsl:param name="script"/>
<xsl:param name="script-hash"/>

<xsl:key name="case-of-test" match="case" use="@test"/>
<xsl:key name="case-of-set-and-test" match="case" use="concat(@set, '|', @test)"/>
<xsl:key name="case-of-guest" match="case" use="@guest"/>
<xsl:key name="untested" match="case[@state = 'skipped' or @state = 'not-run' or @state = 'error']"
    use="concat(@state, '|', reason)"/>
<xsl:key name="pair" match="pair" use="concat(@first, '|', @second)"/>
<xsl:key name="group"
    match="finding[../../@number = ../../../@deciding-attempt]" use="@group"/>

<xsl:variable name="report" select="/report"/>
<xsl:variable name="cases" select="/report/cases/case"/>

<!-- The first case of each test, of each set of vendors, on each guest; each vendor once; the first
     finding of each group. (Grouping by keys takes the square of a group's size in libxslt.) -->
<xsl:variable name="tests" select="set:distinct($cases/@test)/.."/>
<xsl:variable name="sets" select="set:distinct($cases/@set)/.."/>
<xsl:variable name="guests" select="set:distinct($cases/@guest)/.."/>
<xsl:variable name="vendors" select="set:distinct($cases/vendor/@name)"/>
<xsl:variable name="groups" select="set:distinct($cases/attempt[@number = ../@deciding-attempt]
    /findings/finding/@group)/.."/>

<xsl:variable name="states-tree">
  <state name="passed" sign="✓">held all that the test asks</state>
  <state name="failed" sign="✗">a vendor’s failure, told by its findings</state>
  <state name="error" sign="!">the lab’s own fault; blames nobody</state>
  <state name="flaky" sign="≈">its attempts disagree</state>
  <state name="skipped" sign="–">does not apply here</state>
  <state name="not-run" sign="○">planned, but the run ended before it</state>
</xsl:variable>
<xsl:variable name="states" select="exsl:node-set($states-tree)/state"/>

<!-- A case with several vendors stands in the pair of each two of them, in install order; one with
     a single vendor stands on the diagonal. -->
<xsl:variable name="pairs-tree">
  <xsl:for-each select="$cases[vendor]">
    <xsl:variable name="state" select="@state"/>
    <xsl:if test="count(vendor) = 1">
      <pair first="{vendor/@name}" second="{vendor/@name}" state="{$state}"/>
    </xsl:if>
    <xsl:for-each select="vendor">
      <xsl:variable name="first" select="@name"/>
      <xsl:for-each select="following-sibling::vendor">
        <pair first="{$first}" second="{@name}" state="{$state}"/>
      </xsl:for-each>
    </xsl:for-each>
  </xsl:for-each>
</xsl:variable>
<xsl:variable name="pairs" select="exsl:node-set($pairs-tree)"/>

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
        </dl>
      </header>
      <nav class="contents" aria-label="Contents">
        <ul>
          <li><a href="#tested">Tested</a></li>
          <li><a href="#matrix">Matrix</a></li>
          <li><a href="#findings">Findings <span class="n"><xsl:value-of select="counts/@findings"/></span></a></li>
          <li><a href="#cases">Cases <span class="n"><xsl:value-of select="counts/@cases"/></span></a></li>
          <li><a href="#environment">Environment</a></li>
        </ul>
      </nav>
      <main id="main" tabindex="-1">
        <xsl:call-template name="tested"/>
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
          <xsl:for-each select="$tests">
            <tr>
              <th scope="row" class="mono"><xsl:value-of select="@test"/></th>
              <td><xsl:value-of select="@title"/></td>
              <td class="number"><xsl:value-of select="count(key('case-of-test', @test))"/></td>
              <td>
                <a class="cell" href="#cases" data-test="{@test}">
                  <xsl:call-template name="chips">
                    <xsl:with-param name="of" select="key('case-of-test', @test)"/>
                  </xsl:call-template>
                </a>
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
  <xsl:variable name="all"
      select="$cases[@state = 'skipped' or @state = 'not-run' or @state = 'error']"/>
  <h3>Not tested</h3>
  <xsl:if test="not($all)"><p class="quiet">Every planned case ran to its end.</p></xsl:if>
  <ul class="untested">
    <xsl:for-each select="$states[@name = 'error' or @name = 'skipped' or @name = 'not-run']">
      <xsl:variable name="here" select="$all[@state = current()/@name]"/>
      <xsl:for-each select="set:distinct($here/reason)/..">
        <xsl:call-template name="untested-for-reason">
          <xsl:with-param name="same" select="key('untested', concat(@state, '|', reason))"/>
        </xsl:call-template>
      </xsl:for-each>
      <xsl:for-each select="$here[not(reason)][1]">
        <xsl:call-template name="untested-for-reason">
          <xsl:with-param name="same" select="$here[not(reason)]"/>
        </xsl:call-template>
      </xsl:for-each>
    </xsl:for-each>
  </ul>
</xsl:template>

<xsl:template name="untested-for-reason">
  <xsl:param name="same"/>
  <li>
    <xsl:call-template name="badge"><xsl:with-param name="state" select="@state"/></xsl:call-template>
    <xsl:text> </xsl:text>
    <a href="#{@anchor}" class="mono"><xsl:value-of select="@id"/></a>
    <xsl:if test="count($same) &gt; 1">
      <xsl:text> and </xsl:text><xsl:value-of select="count($same) - 1"/><xsl:text> more</xsl:text>
    </xsl:if>
    <xsl:text>: </xsl:text>
    <xsl:choose>
      <xsl:when test="reason"><xsl:value-of select="reason"/></xsl:when>
      <xsl:otherwise>no reason was recorded</xsl:otherwise>
    </xsl:choose>
  </li>
</xsl:template>

<!-- ============ the matrix ============ -->

<xsl:template name="matrix">
  <section id="matrix" aria-labelledby="matrix-title">
    <h2 id="matrix-title">Matrix</h2>
    <xsl:if test="$vendors">
      <p class="quiet">In the first table the row was installed first, the column after it; on the
        diagonal a vendor is alone. A case with three vendors stands in three of its cells. Each
        cell leads to its cases.</p>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="pairs-caption">
        <table class="matrix" id="pairs">
          <caption id="pairs-caption">Vendor by vendor</caption>
          <thead><tr>
            <th scope="col"><span class="hidden">installed first</span></th>
            <xsl:for-each select="$vendors">
              <xsl:sort select="."/>
              <th scope="col"><xsl:value-of select="."/></th>
            </xsl:for-each>
          </tr></thead>
          <tbody>
            <xsl:for-each select="$vendors">
              <xsl:sort select="."/>
              <xsl:variable name="row" select="string(.)"/>
              <tr>
                <th scope="row"><xsl:value-of select="$row"/></th>
                <xsl:for-each select="$vendors">
                  <xsl:sort select="."/>
                  <xsl:call-template name="pair-cell">
                    <xsl:with-param name="first" select="$row"/>
                    <xsl:with-param name="second" select="string(.)"/>
                  </xsl:call-template>
                </xsl:for-each>
              </tr>
            </xsl:for-each>
          </tbody>
        </table>
      </div>
    </xsl:if>
    <xsl:if test="$cases">
      <xsl:call-template name="set-by-test"/>
    </xsl:if>
    <xsl:if test="count(guests/guest) &gt; 1">
      <xsl:call-template name="by-guest"/>
    </xsl:if>
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

<xsl:template name="pair-cell">
  <xsl:param name="first"/>
  <xsl:param name="second"/>
  <td>
    <xsl:if test="$first = $second"><xsl:attribute name="class">alone</xsl:attribute></xsl:if>
    <xsl:for-each select="$pairs">
      <xsl:variable name="here" select="key('pair', concat($first, '|', $second))"/>
      <xsl:choose>
        <xsl:when test="$here">
          <a class="cell" href="#cases" data-first="{$first}" data-second="{$second}">
            <xsl:call-template name="chips"><xsl:with-param name="of" select="$here"/></xsl:call-template>
          </a>
        </xsl:when>
        <xsl:otherwise><xsl:call-template name="no-case"/></xsl:otherwise>
      </xsl:choose>
    </xsl:for-each>
  </td>
</xsl:template>

<xsl:template name="set-by-test">
  <div class="scroll" tabindex="0" role="region" aria-labelledby="sets-caption">
    <table class="matrix" id="sets">
      <caption id="sets-caption">Installed vendors by test</caption>
      <thead><tr>
        <th scope="col">Vendors</th>
        <xsl:for-each select="$tests"><th scope="col" class="mono"><xsl:value-of select="@test"/></th></xsl:for-each>
      </tr></thead>
      <tbody>
        <xsl:for-each select="$sets">
          <xsl:sort select="count(vendor)" data-type="number"/>
          <xsl:variable name="set" select="@set"/>
          <tr>
            <th scope="row"><xsl:value-of select="@set"/></th>
            <xsl:for-each select="$tests">
              <xsl:variable name="here" select="key('case-of-set-and-test', concat($set, '|', @test))"/>
              <td>
                <xsl:choose>
                  <xsl:when test="$here">
                    <a class="cell" href="#cases" data-set="{$set}" data-test="{@test}">
                      <xsl:call-template name="chips"><xsl:with-param name="of" select="$here"/></xsl:call-template>
                    </a>
                  </xsl:when>
                  <xsl:otherwise><xsl:call-template name="no-case"/></xsl:otherwise>
                </xsl:choose>
              </td>
            </xsl:for-each>
          </tr>
        </xsl:for-each>
      </tbody>
    </table>
  </div>
</xsl:template>

<xsl:template name="by-guest">
  <div class="scroll" tabindex="0" role="region" aria-labelledby="guests-caption">
    <table class="matrix" id="by-guest">
      <caption id="guests-caption">By guest</caption>
      <thead><tr><th scope="col">Guest</th><th scope="col">Cases</th></tr></thead>
      <tbody>
        <xsl:for-each select="$guests">
          <tr>
            <th scope="row"><xsl:value-of select="@guest"/></th>
            <td><a class="cell" href="#cases" data-guest="{@guest}">
              <xsl:call-template name="chips">
                <xsl:with-param name="of" select="key('case-of-guest', @guest)"/>
              </xsl:call-template>
            </a></td>
          </tr>
        </xsl:for-each>
      </tbody>
    </table>
  </div>
</xsl:template>

<!-- `of`: whatever has a state: cases, or pairs. -->
<xsl:template name="chips">
  <xsl:param name="of"/>
  <xsl:for-each select="$states">
    <xsl:variable name="count" select="count($of[@state = current()/@name])"/>
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
      <xsl:when test="not($groups)"><p class="quiet">No case has a finding.</p></xsl:when>
      <xsl:otherwise>
        <p class="quiet">The same kind, stop code, module and blame are one entry.</p>
        <xsl:for-each select="$groups">
          <xsl:sort select="count(key('group', @group))" data-type="number" order="descending"/>
          <xsl:call-template name="group"/>
        </xsl:for-each>
      </xsl:otherwise>
    </xsl:choose>
  </section>
</xsl:template>

<xsl:template name="group">
  <xsl:variable name="same" select="key('group', @group)"/>
  <article class="finding" id="finding-{@group}" aria-labelledby="finding-{@group}-title">
    <h3 id="finding-{@group}-title">
      <span class="kind"><xsl:value-of select="@kind"/></span>
      <xsl:if test="bugcheck/@module">
        <xsl:text> in </xsl:text><span class="mono"><xsl:value-of select="bugcheck/@module"/></span>
      </xsl:if>
      <xsl:text> </xsl:text>
      <span class="times">
        <xsl:value-of select="count($same)"/>
        <xsl:choose><xsl:when test="count($same) = 1"> case</xsl:when><xsl:otherwise> times</xsl:otherwise></xsl:choose>
      </span>
    </h3>
    <p class="summary"><xsl:value-of select="summary"/></p>
    <xsl:call-template name="finding-facts"/>
    <h4>To see it again</h4>
    <pre class="command" tabindex="0"><code><xsl:value-of select="$report/@command"/></code></pre>
    <p class="quiet">runs the whole scenario. <xsl:choose>
        <xsl:when test="count($same) = 1">The case is </xsl:when>
        <xsl:otherwise>The shortest of its cases is </xsl:otherwise>
      </xsl:choose>
      <xsl:for-each select="$same">
        <xsl:sort select="../../../@duration-ms" data-type="number"/>
        <xsl:if test="position() = 1">
          <a class="mono" href="#{../../../@anchor}"><xsl:value-of select="../../../@id"/></a>
          <xsl:if test="@step-name">, step <xsl:value-of select="@step"/>: <span class="mono"><xsl:value-of select="@step-name"/></span></xsl:if>
        </xsl:if>
      </xsl:for-each>
      <xsl:text>.</xsl:text>
    </p>
    <xsl:if test="count($same) &gt; 1">
      <h4>Seen in</h4>
      <ul class="seen">
        <xsl:for-each select="$same[position() &lt;= 12]">
          <li><a class="mono" href="#{../../../@anchor}"><xsl:value-of select="../../../@id"/></a></li>
        </xsl:for-each>
        <xsl:if test="count($same) &gt; 12">
          <li><a href="#cases" data-finding="{@group}">all <xsl:value-of select="count($same)"/>, in the list of cases</a></li>
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
        <div><dt>Parameters</dt><dd class="mono">
          <xsl:for-each select="parameter"><span><xsl:value-of select="."/></span><xsl:text> </xsl:text></xsl:for-each>
        </dd></div>
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
    <xsl:if test="$cases/attempt"><xsl:call-template name="timeline-key"/></xsl:if>
    <xsl:for-each select="$tests">
      <section class="test" aria-labelledby="{@anchor}-test">
        <h3 id="{@anchor}-test">
          <span class="mono"><xsl:value-of select="@test"/></span>
          <xsl:text> </xsl:text><span class="quiet"><xsl:value-of select="@title"/></span>
        </h3>
        <ul class="cases">
          <xsl:apply-templates select="key('case-of-test', @test)"/>
        </ul>
      </section>
    </xsl:for-each>
    <xsl:if test="not($cases)"><p class="quiet">No case was planned.</p></xsl:if>
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
        <xsl:for-each select="$vendors">
          <xsl:sort select="."/>
          <option value="{.}"><xsl:value-of select="."/></option>
        </xsl:for-each>
      </select></label>
    <label><span>Test</span>
      <select id="filter-test"><option value="">any</option>
        <xsl:for-each select="$tests">
          <option value="{@test}"><xsl:value-of select="@test"/></option>
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
  <xsl:call-template name="timeline"/>
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
        <xsl:value-of select="$crashes"/><xsl:text> crashes in </xsl:text>
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
      </xsl:for-each>
      <xsl:for-each select="events/event[not(@kind = 'note') and not(@kind = 'stop')]">
        <xsl:variable name="shape">
          <xsl:choose>
            <xsl:when test="@kind = 'boot' or @kind = 'ready' or @kind = 'recovery'"><xsl:value-of select="@kind"/></xsl:when>
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
            <tr><th scope="row">Scenario</th><td><span class="mono"><xsl:value-of select="scenario/@file"/></span>
              <xsl:call-template name="sum"><xsl:with-param name="of" select="scenario/@sha256"/></xsl:call-template></td></tr>
          </tbody>
        </table>
      </div>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="guest-caption">
        <table class="plain">
          <caption id="guest-caption">Guests</caption>
          <thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col">Image</th></tr></thead>
          <tbody>
            <xsl:for-each select="guests/guest">
              <tr><th scope="row"><xsl:value-of select="@name"/></th>
                <td><xsl:value-of select="@kind"/></td>
                <td><xsl:value-of select="@title"/>
                  <xsl:call-template name="sum"><xsl:with-param name="of" select="@image-sha256"/></xsl:call-template></td></tr>
            </xsl:for-each>
          </tbody>
        </table>
      </div>
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
