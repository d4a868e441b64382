# The versions from 1.2 on have one fault each (vendor.xml); 1.8 hooks the kernel, which is its conflict
# with cedar 1.3; 2.0 is a minifilter, which is its conflict with cedar 1.4.
set(birch TITLE "Birch Protect" DRIVER DEFINES)
vendor_guard(birch 1.0 ${birch})
vendor_guard(birch 1.1 ${birch})
vendor_guard(birch 1.2 ${birch} FAULT_SPIN)
vendor_guard(birch 1.3 ${birch} FAULT_LEAK)
vendor_guard(birch 1.4 ${birch} FAULT_POLICY)
vendor_guard(birch 1.5 ${birch} FAULT_TORN_UPDATE)
vendor_guard(birch 1.6 ${birch} FAULT_SILENT_UPDATE)
vendor_guard(birch 1.7 ${birch} FAULT_DEVICE_NAME)
vendor_guard(birch 1.8 ${birch} THIN_DRIVER_HOOKS)
vendor_guard(birch 1.9 ${birch} FAULT_SCAN_LOG)
vendor_guard(birch 2.0 ${birch} THIN_DRIVER_FILTER)
vendor_guard(birch 2.1 ${birch} FAULT_DEVICE_WAIT)

# Alder's three contents with birch's own markers, malformation included; a good one whose second
# marker comes first; and a good one of many rules.
vendor_content(birch 1 20 5=BIRCH-TEST-MARKER-1)
vendor_content(birch 2 21 5=BIRCH-TEST-MARKER-1 5=BIRCH-TEST-MARKER-2)
vendor_content(birch 3 21 5=BIRCH-TEST-MARKER-1 5=BIRCH-TEST-MARKER-2 21=birch-test-pipe)
# Content 6 has the rules of content 1 again: going back, by a number that is not older.
vendor_content(birch 6 20 5=BIRCH-TEST-MARKER-1)
vendor_content(birch 4 20 5=BIRCH-TEST-MARKER-2 5=BIRCH-TEST-MARKER-1)
foreach(number RANGE 1 16)
  list(APPEND rules 5=BIRCH-TEST-MARKER-${number})
endforeach()
vendor_content(birch 5 64 ${rules})
