<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: GPL-2.0-or-later
     The overview of many runs, from the document that lab/report/index.h describes. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">

<xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>
<xsl:strip-space elements="*"/>

<xsl:param name="css"/>
<xsl:param name="script"/>
<xsl:param name="script-hash"/>

<xsl:template match="/index">
  <html lang="en">
    <head>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta name="generator" content="truce {@truce}"/>
      <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"/>
      <link rel="icon" href="data:,"/>
      <title>Runs of truce</title>
      <style><xsl:value-of select="$css"/></style>
    </head>
    <body>
      <a class="skip" href="#main">Skip to the runs</a>
      <header class="top">
        <p class="kicker">Truce compatibility reports</p>
        <h1><xsl:value-of select="@runs"/> run<xsl:if test="@runs != 1">s</xsl:if></h1>
        <xsl:if test="@other &gt; 0">
          <p class="quiet"><xsl:value-of select="@other"/> other folders have no report that can be read.</p>
        </xsl:if>
      </header>
      <main id="main" tabindex="-1"><xsl:apply-templates select="scenario"/></main>
      <footer><p>Made by truce <xsl:value-of select="@truce"/>. Times are UTC. Each run is compared with
        the one before it of the same scenario.</p></footer>
    </body>
  </html>
</xsl:template>

<xsl:template match="scenario">
  <xsl:variable name="id" select="concat('scenario-', position())"/>
  <section aria-labelledby="{$id}">
    <h2 id="{$id}"><span class="mono"><xsl:value-of select="@name"/></span>
      <xsl:text> </xsl:text><span class="quiet"><xsl:value-of select="@title"/></span></h2>
    <xsl:call-template name="trend"/>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="{$id}-caption">
      <table class="plain runs">
        <caption id="{$id}-caption">Runs, the latest first</caption>
        <thead><tr><th scope="col">Began</th><th scope="col">Run</th><th scope="col">Verdict</th>
          <th scope="col">New findings</th><th scope="col">Gone findings</th></tr></thead>
        <tbody><xsl:apply-templates select="run"/></tbody>
      </table>
    </div>
    <xsl:if test="flaky">
      <div class="scroll" tabindex="0" role="region" aria-labelledby="{$id}-flaky">
        <table class="plain flaky-cases">
          <caption id="{$id}-flaky">Flaky cases: a run calls them so, or they changed between passed and
            failed at least twice</caption>
          <thead><tr><th scope="col">Case</th><th scope="col">Changes</th><th scope="col">Runs</th>
            <th scope="col">The latest first</th></tr></thead>
          <tbody>
            <xsl:for-each select="flaky">
              <tr><th scope="row" class="mono"><xsl:value-of select="@case"/></th>
                <td class="number"><xsl:value-of select="@changes"/></td>
                <td class="number"><xsl:value-of select="@runs"/></td>
                <td><xsl:value-of select="."/></td></tr>
            </xsl:for-each>
          </tbody>
        </table>
      </div>
    </xsl:if>
  </section>
</xsl:template>

<!-- A column a run, the earliest at the left; the table below says the same. -->
<xsl:template name="trend">
  <xsl:variable name="count" select="count(run)"/>
  <svg class="trend" role="img" width="100%" height="84" viewBox="0 0 {$count * 10} 100" preserveAspectRatio="none">
    <xsl:attribute name="aria-label">
      <xsl:text>Shares of the states of cases in </xsl:text><xsl:value-of select="$count"/>
      <xsl:text> runs; the table below says the same.</xsl:text>
    </xsl:attribute>
    <xsl:for-each select="run[@cases &gt; 0]">
      <xsl:variable name="x" select="($count - count(preceding-sibling::run) - 1) * 10"/>
      <xsl:variable name="scale" select="100 div @cases"/>
      <rect class="passed" x="{$x}" width="9" y="0" height="{@passed * $scale}"/>
      <rect class="failed" x="{$x}" width="9" y="{@passed * $scale}" height="{@failed * $scale}"/>
      <rect class="flaky" x="{$x}" width="9" y="{(@passed + @failed) * $scale}" height="{@flaky * $scale}"/>
      <rect class="error" x="{$x}" width="9" y="{(@passed + @failed + @flaky) * $scale}" height="{@error * $scale}"/>
      <rect class="skipped" x="{$x}" width="9" y="{(@passed + @failed + @flaky + @error) * $scale}" height="{(@skipped + @not-run) * $scale}"/>
    </xsl:for-each>
  </svg>
</xsl:template>

<xsl:template match="run">
  <xsl:variable name="state">
    <xsl:choose>
      <xsl:when test="@exit-status = 0">passed</xsl:when>
      <xsl:when test="@exit-status = 1">failed</xsl:when>
      <xsl:when test="@exit-status = 4">flaky</xsl:when>
      <xsl:when test="@exit-status = 130">not-run</xsl:when>
      <xsl:otherwise>error</xsl:otherwise>
    </xsl:choose>
  </xsl:variable>
  <tr>
    <td><time datetime="{@began}"><xsl:value-of select="concat(substring(@began, 1, 10), ' ', substring(@began, 12, 5))"/></time></td>
    <th scope="row"><xsl:choose>
        <xsl:when test="@href"><a href="{@href}" class="mono"><xsl:value-of select="@id"/></a></xsl:when>
        <xsl:otherwise><span class="mono"><xsl:value-of select="@id"/></span></xsl:otherwise>
      </xsl:choose></th>
    <td><span class="badge {$state}"><xsl:value-of select="translate($state, '-', ' ')"/></span>
      <xsl:text> </xsl:text><xsl:value-of select="verdict"/></td>
    <td><xsl:call-template name="findings"><xsl:with-param name="of" select="new"/></xsl:call-template></td>
    <td><xsl:call-template name="findings"><xsl:with-param name="of" select="gone"/></xsl:call-template></td>
  </tr>
</xsl:template>

<xsl:template name="findings">
  <xsl:param name="of"/>
  <xsl:if test="not($of)">–</xsl:if>
  <ul>
    <xsl:for-each select="$of">
      <li><b><xsl:value-of select="@kind"/></b>: <xsl:value-of select="."/> (<xsl:value-of select="@cases"/>
        case<xsl:if test="@cases != 1">s</xsl:if>)</li>
    </xsl:for-each>
  </ul>
</xsl:template>

</xsl:stylesheet>
