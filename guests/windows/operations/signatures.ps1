# SPDX-License-Identifier: GPL-2.0-or-later
# Signatures of the files $in.paths; a status is a name of the enumeration SignatureStatus.
@{
    signatures = @($in.paths | ForEach-Object {
            $path = [string] $_
            try {
                $signature = Get-AuthenticodeSignature -LiteralPath $path
                @{
                    path = $path
                    status = [string] $signature.Status
                    signer = [string] $signature.SignerCertificate.Subject
                }
            } catch {
                @{ path = $path; status = 'Unreadable'; signer = '' }
            }
        })
}
