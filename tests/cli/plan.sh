#!/bin/bash
# truce plan: a scenario's plan in every form, parts and orders of it, and the planner by itself.
. "$(dirname "$0")/lib.sh"
export TRUCE_STATE=$scratch/state

cat >mix.xml <<'E'
<scenario name="mix" format="1">
  <title>Versions, loads and orders in pairs</title>
  <guest name="reference"/>
  <test name="mix">
    <title>Pairs</title>
    <matrix strength="2">
      <vendors of="alder birch" together="1"/>
      <vendors of="alder birch" together="2" orders="pairs"/>
      <parameter name="content" vendor="alder" values="1 2"/>
      <parameter name="content" vendor="birch" values="1 2"/>
      <parameter name="load" values="none files registry"/>
      <parameter name="verifier" values="off on"/>
      <constraint>IF [alder] > 0 AND [birch] > 0 THEN [load] &lt;> "registry"</constraint>
      <controls keep="load"/>
    </matrix>
    <steps>
      <install vendor="each"/>
      <update vendor="each" content="{content}"/>
      <run>cmd.exe /c echo {load} {verifier}</run>
    </steps>
  </test>
</scenario>
E

ids() {
    grep -o '"id":"[^"]*"' "$1" | sort
}

expect 'table' 0 'test +guest +vendors +parameters' "$truce" plan mix.xml
expect 'table: what it sums up to' 0 '^[0-9]+ cases: [0-9]+ without vendors' "$truce" plan mix.xml
"$truce" plan --format json mix.xml >all.json
taskset -c 0 "$truce" plan --format json mix.xml >one.json
cmp -s all.json one.json
ok 'the same plan with one processor' $?

expect 'explain' 0 'pairs? only here:' "$truce" plan --explain mix.xml
expect 'explain as JSON' 0 '"only_here":\{"strength":2,"alone":[1-9]' \
    "$truce" plan --explain --format json mix.xml
expect 'coverage' 0 '2 at a time: ([0-9]+) of \1 pairs covered \(100' "$truce" plan --coverage mix.xml
expect 'coverage of triples is not complete' 0 '3 at a time: .*\([0-9]{2}\.[0-9] %\)' \
    "$truce" plan --coverage --strength 3 mix.xml
"$truce" plan --format csv mix.xml >all.csv
expect 'coverage of the plan as CSV' 0 '2 at a time: ([0-9]+) of \1 pairs covered' \
    "$truce" plan --coverage --of all.csv mix.xml
printf 'test,guest,vendors,load,verifier\nmix,reference,alder birch,files,on\n' >hand.csv
expect 'coverage of one case by hand' 0 '1 at a time: 3 of' "$truce" plan --coverage --of hand.csv mix.xml
expect 'what one case leaves out' 0 'vendors=birch alder' "$truce" plan --coverage --of hand.csv mix.xml
printf 'test,guest,vendors,lode\n' >wrong.csv
expect 'CSV with an unknown column' 2 'wrong\.csv:1: .*lode' \
    "$truce" plan --coverage --of wrong.csv mix.xml

for i in 1 2 3; do
    "$truce" plan --shard $i/3 --format json mix.xml >"shard-$i.json"
    ids "shard-$i.json" >"shard-$i.ids"
done
ids all.json >all.ids
sort shard-?.ids | cmp -s - all.ids
ok 'shards: every case once' $?
expect 'shards as JSON' 0 '"shard":"3/3","expected_s":[1-9]' \
    "$truce" plan --shards 3 --format json mix.xml
expect 'a shard that is none' 2 "--shard '4/3'" "$truce" plan --shard 4/3 mix.xml

"$truce" plan --changed vendor=birch --format json mix.xml >birch.json
[ "$(grep -c '"birch"' birch.json)" = "$(grep -c '"birch"' all.json)" ]
ok 'changed: every case that a vendor is in' $?
"$truce" plan --changed load=registry --format json mix.xml >registry.json
[ "$(grep -c '"id"' registry.json)" = "$(grep -c '"load":"registry"' registry.json)" ] &&
    [ "$(wc -l <registry.json)" -lt "$(wc -l <all.json)" ]
ok 'changed: only what a load can affect' $?
expect 'changed: no such vendor' 2 "no case of the plan has 'vendor=brich'" \
    "$truce" plan --changed vendor=brich mix.xml

expect 'budget: where it ends' 0 '^--- 3 min end about here' "$truce" plan --budget 3m mix.xml
"$truce" plan --budget 3m --format json mix.xml >ordered.json
ids ordered.json | cmp -s - all.ids
ok 'budget: the same cases in another order' $?
expect 'budget: no time' 2 "--budget '2 weeks' is no time" "$truce" plan --budget '2 weeks' mix.xml
expect 'durations: no run' 2 'plan\.json' "$truce" plan --budget 3m --durations nowhere mix.xml

# A run that was cut short: the first case passed, the second failed, the third had begun.
mkdir run
cp all.json run/plan.json
mapfile -t id < <(grep -o '"id":"[^"]*"' all.json | cut -d'"' -f4)
{
    echo '{"ms":1,"type":"run-begin","vendors":[]}'
    state=passed
    for i in 20 21; do
        last=$((${#id[@]} - 22 + i))
        echo "{\"ms\":${i}000,\"type\":\"case-begin\",\"case\":\"${id[$last]}\"}"
        echo "{\"ms\":${i}900,\"type\":\"case-end\",\"case\":\"${id[$last]}\",\"state\":\"$state\"}"
        state=failed
    done
    echo "{\"ms\":30000,\"type\":\"case-begin\",\"case\":\"${id[0]}\"}"
    printf '{"ms":31000,"type":"case-e'
} >run/journal.ndjson
expect 'a run cut short: proven and not' 0 '2 at a time: [1-9][0-9]* of .* [1-9][0-9]* proven' \
    "$truce" plan --coverage --of run mix.xml
expect 'a run teaches how long cases take' 0 'about [0-9]+ (s|min) one after the other' \
    "$truce" plan --budget 1h --durations run mix.xml

cat >model.pict <<'E'
Guest:  ws2019, ws2022, win11
Load:   idle, files | copies (3)
Twin:   <Guest>
Fault:  none, ~reset, ~power-cut
{ Guest, Load, Twin } @ 2
IF [Guest] = "ws2019" THEN [Load] LIKE "i*";
E
"$truce" plan --model model.pict --budget 1 --format csv >rows.csv 2>/dev/null
expect 'a model: what its rows cover' 0 '2 at a time: ([0-9]+) of \1 pairs covered' \
    "$truce" plan --model model.pict --coverage --of rows.csv
expect 'a model: why each row is there' 0 'pairs? only here:' \
    "$truce" plan --model model.pict --explain --budget 1
printf 'Guest\tLoad\nwin11\tcopies\n' >seeds.txt
expect 'a model: rows that must appear' 0 '"seeded"' \
    "$truce" plan --model model.pict --rows seeds.txt --budget 1 --format json
expect 'orders of events' 0 '^1,' "$truce" plan --sequence 5 --budget 0 --format csv
expect 'options that do not go together' 2 'need a SCENARIO' \
    "$truce" plan --model model.pict --shard 1/2
expect 'a case of a model' 2 '^truce plan: --case.* need a SCENARIO' \
    "$truce" plan --model model.pict --case 1
expect 'a seed of a scenario' 2 '^truce plan: --seed needs' "$truce" plan --seed 3 mix.xml
expect 'strength 0' 2 '^truce plan: --strength wants 1 to 6' \
    "$truce" plan --model model.pict --strength 0
expect 'a negative strength' 2 '^truce plan: --strength wants 1 to 6' \
    "$truce" plan --sequence 5 --strength -1
expect 'no shards' 2 '^truce plan: --shards wants 1' "$truce" plan --shards 0 mix.xml
expect 'one event' 2 '^truce plan: --sequence wants 2' "$truce" plan --sequence 0
expect 'orders: how many, how long, and that fewer cannot be' 0 \
    '^[78] orders \([0-9]+ after [0-9.]+ s\), [0-9.]+ s, no array has fewer$' \
    "$truce" plan --sequence 6 --strength 3 --budget 60
finish
