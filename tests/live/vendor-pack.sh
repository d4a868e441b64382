#!/bin/bash
# docs/vendor-pack.md, followed from 'truce vendor new' to the first verdict, with the lab.xml and the
# scenario that stand there. The product is cedar's package under another vendor's name. Minutes of
# guests: run by hand,
#   TRUCE_BINARY_DIR=build TRUCE_SOURCE_DIR=. TRUCE_STATE=… bash tests/live/vendor-pack.sh
# with absolute paths; TRUCE_STATE is a state folder with a built reference guest.
. "$(dirname "$0")/../cli/lib.sh"

# page WORDS: the indented lines of the page after the comment with these words, to the next one's
# end.
page() {
    awk -v words="$1" -v last="$2" 'index($0, words) { on = 1; next } on && /^    / { print substr($0, 5) }
        on && index($0, last) { exit }' "$TRUCE_SOURCE_DIR/docs/vendor-pack.md"
}
page '<!-- lab.xml:' '</lab>' >lab.xml
page '<!-- first.xml' '</scenario>' >first.xml

expect 'a new pack' 0 '' "$truce" vendor new acme
cp "$share/vendors/cedar/cedar-1.0.msi" acme/acme-1.0.msi
# What the page says is to be replaced.
sed -i -e 's/name="acme" file="acme.sys"/name="cedar" file="cedar.sys"/' -e 's/acme\.sys/cedar.sys/' \
    -e 's/AcmeSvc/CedarSvc/g' -e 's/acme-svc/cedar-svc/g' -e 's/acme-ctl/cedar-ctl/g' \
    -e 's/320000\.1/326310.291/' -e 's/\\Acme\\/\\Cedar\\/g' \
    -e 's/C:\\Users\\Public\\acme-test/C:\\Watched\\acme-test/' \
    -e "s/THE PRODUCT'S TEST STRING/CEDAR-TEST-MARKER-1/" \
    -e 's/ONE PARAGRAPH ON WHAT THE PRODUCT IS\./A product./' acme/vendor.xml
expect 'truce check of the pack' 0 '' "$truce" check acme/vendor.xml
expect 'truce check of lab and scenario' 0 '' "$truce" check lab.xml first.xml
expect 'truce plan' 0 'acme . alder' "$truce" plan first.xml
expect 'truce selftest --quick' 0 'found' "$truce" selftest --quick --output quick
expect 'truce run: everything passes' 0 '' "$truce" run --output run first.xml
jq -e '[.cases[].state] | length == 10 and all(. == "passed")' run/report.json >/dev/null
ok 'control, three alone, three pairs in both orders' $?
jq -c '.cases[] | [.id, .state, .reason]' run/report.json | sed 's/^/# /'
finish
