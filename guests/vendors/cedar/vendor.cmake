# The versions from 1.1 on have one fault each (vendor.xml), but for 1.7: a minifilter like 1.4, at an
# altitude of its own.
set(cedar TITLE "Cedar Guard" DRIVER DEFINES THIN_DRIVER_HOOKS)
vendor_guard(cedar 1.0 ${cedar})
vendor_guard(cedar 1.1 ${cedar} FAULT_LOST_LOCK)
vendor_guard(cedar 1.2 ${cedar} FAULT_DEVICE_NAME)
vendor_guard(cedar 1.3 ${cedar} FAULT_HOOK_ORDER)
vendor_guard(cedar 1.4 ${cedar} THIN_DRIVER_FILTER FAULT_ALTITUDE)
vendor_guard(cedar 1.5 ${cedar} FAULT_DEVICE_WAIT)
vendor_guard(cedar 1.6 ${cedar} FAULT_POOL_MARK)
vendor_guard(cedar 1.7 ${cedar} THIN_DRIVER_FILTER)

vendor_content(cedar 1 20 5=CEDAR-TEST-MARKER-1)
vendor_content(cedar 2 20 5=CEDAR-TEST-MARKER-1 5=CEDAR-TEST-MARKER-2)
vendor_content(cedar 3 20 5=CEDAR-TEST-MARKER-1 5=CEDAR-TEST-MARKER-2 5=CEDAR-TEST-MARKER-3)
