#!/bin/bash
# Help, version and completion come from one table and go to stdout.
. "$(dirname "$0")/lib.sh"

expect 'help lists the verbs' 0 '^  doctor ' "$truce" --help
verbs=$(sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' out.txt)
[ "$(wc -w <<<"$verbs")" -ge 6 ]
ok 'at least six verbs' $?
for verb in $verbs; do
    expect "$verb --help shows its usage" 0 "truce $verb " "$truce" "$verb" --help
    grep -q '^Examples:' out.txt
    ok "$verb --help has examples" $?
    "$truce" "$verb" --help 2>&1 >/dev/null | grep -q .
    ok "$verb --help says nothing on stderr" $((1 - $?))
    "$truce" --completion bash | grep -q " $verb) words="
    ok "completion knows $verb" $?
done
expect 'version' 0 '^truce [0-9]+\.[0-9]+\.[0-9]+$' "$truce" --version
"$truce" --completion bash >completion.bash
bash -c '. ./completion.bash; COMP_WORDS=(truce ru); COMP_CWORD=1; _truce; echo "${COMPREPLY[@]}"' |
    grep -qx 'run'
ok 'completion completes a verb' $?
bash -c '. ./completion.bash; COMP_WORDS=(truce run --jo); COMP_CWORD=2; _truce; echo "${COMPREPLY[@]}"' |
    grep -qx -- '--jobs'
ok 'completion completes an option' $?

expect 'no verb' 2 'which verb' "$truce"
expect 'unknown verb' 2 "'frobnicate' is no verb" "$truce" frobnicate
one_line 'unknown verb: one line'
expect 'unknown option' 2 'truce run: .*--frob' "$truce" run --frob x.xml
expect 'missing argument' 2 'wrong number of arguments' "$truce" run
finish
