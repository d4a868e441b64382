# The versions from 1.1 on have one fault each (vendor.xml).
set(dogwood TITLE "Dogwood Shield" SOURCES dogwood/deep-scan.c DEFINES)
vendor_guard(dogwood 1.0 ${dogwood})
vendor_guard(dogwood 1.1 ${dogwood} FAULT_KILL_INSTALLERS)
vendor_guard(dogwood 1.2 ${dogwood} FAULT_FOREIGN_CONTENT)
vendor_guard(dogwood 1.3 ${dogwood} FAULT_HOLD_FILES)
vendor_guard(dogwood 1.4 ${dogwood} FAULT_SCAN_LOG)

# It knows birch's second marker too: makers look for the same things.
vendor_content(dogwood 1 20 5=DOGWOOD-TEST-MARKER-1 5=BIRCH-TEST-MARKER-2)
vendor_content(dogwood 2 20 5=DOGWOOD-TEST-MARKER-1 5=DOGWOOD-TEST-MARKER-2
               5=BIRCH-TEST-MARKER-2)
