@echo off
rem SPDX-License-Identifier: GPL-2.0-or-later
rem Runs once, at the first desktop, from the re-mastered medium: the agent starts with every logon
rem from now on. Programs in the Startup folder run at logon; without arguments the agent takes the
rem last serial port. The lab does the rest through it. Names on the medium are plain ISO 9660.
copy /y D:\lab\agent.exe "%ALLUSERSPROFILE%\Start Menu\Programs\Startup\truce-agent.exe"
start "" "%ALLUSERSPROFILE%\Start Menu\Programs\Startup\truce-agent.exe"
