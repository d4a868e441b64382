# SPDX-License-Identifier: GPL-2.0-or-later
# The antivirus products that Windows knows of; none on a server, which has no such list.
$products = try { Get-CimInstance -Namespace root\SecurityCenter2 -ClassName AntiVirusProduct } catch { $null }
@{
    products = @($products | Where-Object { $_ } | ForEach-Object {
            @{ name = [string] $_.displayName; state = [long] $_.productState }
        })
}
