#!/bin/bash
# Whether NT 5.2 can load the 32-bit programs and drivers (docs/reactos.md): no function that it does
# not have (x86-imports.txt), no later version of Windows asked for, a checksum that is right.
#   x86-imports.sh FILE...    these instead of the built ones
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
objdump=i686-w64-mingw32-objdump
command -v $objdump >/dev/null || { skip 'no 32-bit programs' "$objdump is not there"; finish; }

sed 's/#.*//' "$here/x86-imports.txt" | tr -s ' \n' '\n' |
    awk '/:$/ { library = $0; next } NF { print library $0 }' | sort >known

# imports FILE: `library:function` of each, in lower case but for the function.
imports() {
    $objdump -p "$1" | awk '
        /DLL Name:/ { library = tolower($3) ":"; next }
        library && NF == 3 && $1 ~ /^[0-9a-f]+$/ && $2 ~ /^[0-9]+$/ { print library $3 }
        library && NF == 0 { library = "" }' | sort -u
}
# header FILE NAME: a number of the optional header.
header() { $objdump -p "$1" | awk -v name="$2" '$1 == name { print $2; exit }'; }

# The image's own checksum, computed anew (Microsoft, "PE Format", CheckSum): sum of its words.
checksum() {
    perl -0777 -ne '
        my $at = unpack("V", substr($_, 60, 4)) + 24 + 64; my $told = unpack("V", substr($_, $at, 4));
        my $size = length; substr($_, $at, 4) = "\0" x 4; $_ .= "\0" if $size % 2; my $sum = 0;
        $sum += $_ for unpack("v*"); $sum = ($sum & 0xFFFF) + ($sum >> 16) while $sum >> 16;
        print $sum + $size == $told ? "right" : "wrong"' "$1"
}

check() {
    local file=$1 name=${1#"$TRUCE_BINARY_DIR"/} version
    imports "$file" >used
    comm -23 used known >more
    sed 's/^/# not known to be in NT 5.2: /' more
    [ -s used ] && [ ! -s more ]
    ok "$name imports nothing that NT 5.2 lacks" $?
    version=$(($(header "$file" MajorSubsystemVersion) * 100 + $(header "$file" MinorSubsystemVersion)))
    [ "$version" -gt 0 ] && [ "$version" -le 502 ] && [ "$(checksum "$file")" = right ]
    ok "$name is for NT 5.2 or earlier, and its checksum is right" $?
}

if [ $# = 0 ]; then
    # Of a product's versions, each image once.
    mapfile -t files < <(find "$TRUCE_BINARY_DIR/guests" "$share" \( -path '*/x86/*' -o -path '*/reactos/*' \) \
        -not -path '*/unsigned/*' \( -name '*.exe' -o -name '*.sys' \) -exec md5sum {} + |
        sort | uniq -w 32 | sed 's/^[^ ]*  //' | sort)
    [ "${#files[@]}" -ge 10 ]
    ok "there are 32-bit programs (${#files[@]})" $?
    set -- "${files[@]}"
fi
for file; do check "$file"; done

# A program that asks for Vista is found: the check works.
cat >vista.c <<'C'
#include <windows.h>
int main(void) { return (int)GetTickCount64(); }
C
i686-w64-mingw32-gcc -D_WIN32_WINNT=0x600 -o vista.exe vista.c
imports vista.exe | comm -23 - known >more
grep -q '^kernel32.dll:GetTickCount64$' more
ok 'a function of Vista would be found' $?
finish
