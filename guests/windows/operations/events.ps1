# SPDX-License-Identifier: GPL-2.0-or-later
# Event records since $in.since (UTC) that bear on products and crashes, the newest $in.max of each
# log. Values only: a message is in the guest's language.
# Sources: Microsoft Learn, "Event ID 41" (41, 1001, 6008 and 46), the service control manager's
# 7000 to 7045, MsiInstaller's, filter manager's 1 to 6, Kernel-IO 1205, code integrity's.
$wanted = @{
    'System' = 1, 2, 3, 6, 41, 46, 161, 1001, 1005, 1074, 1205, 6005, 6006, 6008, 7000, 7001, 7009,
    7011, 7022, 7023, 7024, 7026, 7027, 7031, 7034, 7040, 7045
    'Application' = 1000, 1001, 1002, 1005, 1033, 1034, 1038, 11707, 11708, 11724, 11725
    'Microsoft-Windows-CodeIntegrity/Operational' = 3004, 3023, 3033, 3065, 3076, 3077
}
$numbered = 'Microsoft-Windows-FilterManager'
$since = [datetime]::Parse($in.since, [cultureinfo]::InvariantCulture,
    [System.Globalization.DateTimeStyles]::RoundtripKind)
$found = foreach ($log in $wanted.Keys) {
    $records = try {
        Get-WinEvent -FilterHashtable @{ LogName = $log; StartTime = $since } -MaxEvents $in.max
    } catch {
        # None at all is an error here, and so is a log that this edition does not have.
        if ($_.FullyQualifiedErrorId -notmatch 'NoMatchingEventsFound|NoMatchingLogsFound') { throw }
        $null
    }
    $records | Where-Object {
        $_ -and $wanted[$log] -contains [int] $_.Id -and
        ([int] $_.Id -gt 6 -or [string] $_.ProviderName -eq $numbered)
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
