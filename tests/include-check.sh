#!/bin/bash
# Who may know whom: the #include lines of lab/ against the blueprint's order of modules.
set -eu
cd "$TRUCE_SOURCE_DIR/lab"

declare -A may=(
    [util]='util'
    [model]='util model'
    [plan]='util model plan'
    [host]='util model host'
    [guest]='util guest'
    [triage]='util model triage'
    [report]='util model report'
    [selftest]='util model report selftest'
    [install]='util model host guest install'
    [run]='util model plan host guest triage report selftest run'
    [cluster]='util model plan host report run cluster'
)
bad=0
for module in "${!may[@]}"; do
    while IFS=: read -r file line include; do
        used=${include#*\"}
        used=${used%%/*}
        case " ${may[$module]} " in
        *" $used "*) ;;
        *) echo "$file:$line: $module may not include $used/"; bad=1 ;;
        esac
    done < <(grep -nE '^#include "[a-z]+/' "$module"/*.[ch])
done
if grep -nE '#include <libvirt' $(ls -d */ | grep -v '^host/' | sed 's|$|*.[ch]|') ./*.[ch]; then
    echo 'libvirt headers belong to host/ alone'
    bad=1
fi
exit "$bad"
