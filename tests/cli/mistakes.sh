#!/bin/bash
# docs/mistakes.md lists the wrong files that the unit tests have, with the message that each gets.
# `mistakes.sh --print` prints the page.
export LC_ALL=C # the order of files
here=$(cd "$(dirname "$0")" && pwd)
model=$here/../unit/model/wrong plan=$here/../unit/plan/wrong

block() {
    printf '\n## %s\n\n' "$1"
    shift
    sed -e 's/^wrong\///' -e 's/@[A-Z]*@\///g' -e 's/^/    /' "$@"
}
page() {
    cat << 'EOF'
# Mistakes and their messages

What `truce check` says of a file with one mistake: the place as file:line:column, what is wrong and
what would be right. A run says the same before its first case. Each line is a file of the unit tests
in `tests/unit/model/wrong` or `tests/unit/plan/wrong`, by its name; those tests demand the message,
and this page is checked against them (`tests/cli/mistakes.sh --print` writes it).

Besides, `tests/unit/model/test-mistakes.c` takes right scenarios and load profiles that hold every
element and attribute of the schemas and spoils each: an attribute or element that is not known, text,
one missing, one too many, a wrong value. Whatever is refused must be told at its place and in these
words.
EOF
    block 'Scenarios' "$model"/scenario-*.err
    block 'Matrices, where the plan finds it' "$plan"/*.err
    block 'Load profiles' "$model"/load-*.err
    block 'Vendor packs' "$model"/vendor-*.err
    block 'Guests' "$model"/guest-*.err
    block 'lab.xml, requirements, known issues' "$model"/lab-*.err "$model"/requirements-*.err "$model"/known-*.err
    block 'XML itself' "$model"/root-*.err "$model"/xml-*.err
}
if [ "$1" = --print ]; then
    page
    exit
fi
. "$here/lib.sh"
page > page.md
diff "$here/../../docs/mistakes.md" page.md > diff.txt
ok 'docs/mistakes.md is up to date (tests/cli/mistakes.sh --print)' $?
finish
