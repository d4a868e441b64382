# SPDX-License-Identifier: GPL-2.0-or-later
# What Windows this is, and what protects it. $null: it cannot be known here.
# Sources: Microsoft Learn, Win32_DeviceGuard (SecurityServicesRunning: 1 Credential Guard, 2 memory
# integrity), Confirm-SecureBootUEFI, Get-MpComputerStatus.
function Get-Safe([scriptblock] $Body) { try { & $Body } catch { $null } }
$control = 'HKLM:\SYSTEM\CurrentControlSet\Control'
$os = Get-CimInstance Win32_OperatingSystem
$version = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$guard = Get-Safe { Get-CimInstance -Namespace root\Microsoft\Windows\DeviceGuard -ClassName Win32_DeviceGuard }
$defender = Get-Safe { Get-MpComputerStatus }
$options = [string] (Get-ItemProperty $control).SystemStartOptions
$policies = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System'
$profiles = @(Get-Safe { Get-NetFirewallProfile })
@{
    edition = [string] $version.EditionID
    build = [string] $os.BuildNumber + '.' + [string] $version.UBR
    language = [string] (Get-UICulture).Name
    secureBoot = Get-Safe { Confirm-SecureBootUEFI }
    vbs = if ($guard) { [int] $guard.VirtualizationBasedSecurityStatus -eq 2 } else { $null }
    hvci = if ($guard) { @($guard.SecurityServicesRunning) -contains 2 } else { $null }
    credentialGuard = if ($guard) { @($guard.SecurityServicesRunning) -contains 1 } else { $null }
    testSigning = $options -match 'TESTSIGNING'
    kernelDebugger = $options -match '(^|\s)DEBUG'
    safeMode = Test-Path ($control + '\SafeBoot\Option')
    uac = [int] $policies.EnableLUA -eq 1
    firewallOff = @($profiles | Where-Object { $_ -and [int] $_.Enabled -ne 1 } | ForEach-Object { [string] $_.Name })
    defenderMode = [string] $defender.AMRunningMode
    defenderRealTime = if ($defender) { [bool] $defender.RealTimeProtectionEnabled } else { $null }
    defenderTamperProtection = if ($defender) { [bool] $defender.IsTamperProtected } else { $null }
    defenderSignatures = [string] $defender.AntivirusSignatureVersion
    crashDump = [int] (Get-ItemProperty ($control + '\CrashControl')).CrashDumpEnabled
}
