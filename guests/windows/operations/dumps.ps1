# SPDX-License-Identifier: GPL-2.0-or-later
# Memory dumps on the disk: the kernel's, the small ones, and live ones, which Windows takes without
# stopping (watchdogs, resources held too long).
# Sources: Microsoft Learn, "Overview of memory dump file options"; "Kernel live dump code
# reference".
$windows = $env:SystemRoot
$files = @(
    Get-ChildItem -LiteralPath "$windows\Minidump" -Filter *.dmp -File -ErrorAction SilentlyContinue
    Get-ChildItem -LiteralPath "$windows\LiveKernelReports" -Filter *.dmp -File -Recurse -ErrorAction SilentlyContinue
    Get-Item -LiteralPath "$windows\MEMORY.DMP" -ErrorAction SilentlyContinue
)
@{
    files = @($files | Where-Object { $_ } | ForEach-Object {
            @{ path = [string] $_.FullName; bytes = [long] $_.Length }
        })
}
