# SPDX-License-Identifier: GPL-2.0-or-later
# Event records that $in.queries pick out (lab/guest/event-query.h), the newest $in.max of each log.
# Values only: a message is in the guest's language.
$found = foreach ($query in $in.queries) {
    # Not every edition has every log.
    if (-not (Get-WinEvent -ListLog $query.log -ErrorAction SilentlyContinue)) { continue }
    try {
        Get-WinEvent -FilterXml ([xml] $query.xml) -MaxEvents $in.max
    } catch {
        # None at all is an error here.
        if ($_.FullyQualifiedErrorId -notmatch 'NoMatchingEventsFound') { throw }
    }
}
@{
    events = @($found | Where-Object { $_ } | Sort-Object TimeCreated | ForEach-Object {
            @{
                time = $_.TimeCreated.ToUniversalTime().ToString('o')
                log = [string] $_.LogName
                provider = [string] $_.ProviderName
                id = [int] $_.Id
                level = [int] $_.Level
                data = @($_.Properties | ForEach-Object { [string] $_.Value })
            }
        })
}
