# alder_version(<version> [<macro>]): one product version, with its fault.
function(alder_version version)
  string(REPLACE "." "" number ${version})
  vendor_binary(alder ${version} alder.sys DRIVER TITLE "Alder Sensor"
    DESCRIPTION "Alder kernel sensor" DEFINES ALDER_PRODUCT=${number} ${ARGN}
    SOURCES alder/driver.c alder/content-file.c alder/interpreter.c ${VENDOR_KERNEL_SOURCES})
  vendor_binary(alder ${version} alder-svc.exe TITLE "Alder Sensor"
    DESCRIPTION "Alder sensor service"
    SOURCES alder/service.c ${VENDOR_SERVICE_SOURCES})
  vendor_binary(alder ${version} alder-ctl.exe TITLE "Alder Sensor"
    DESCRIPTION "Alder control tool"
    SOURCES alder/control.c ${VENDOR_COMMON}/content.c ${VENDOR_CONTROL_SOURCES})
  vendor_package(alder ${version} ${CMAKE_CURRENT_SOURCE_DIR}/alder/alder.wxs TITLE "Alder Sensor"
    FILES alder.sys alder-svc.exe alder-ctl.exe)
endfunction()

alder_version(1.0 FAULT_OUT_OF_BOUNDS)
alder_version(1.1)
alder_version(1.2 FAULT_ZERO_FILLED)
alder_version(1.3 FAULT_DEEP_RECURSION)
alder_version(1.4 FAULT_DOUBLE_FREE)
alder_version(1.5 FAULT_HIDES_FROM_VERIFIER)

# Field 5 is the head of a file (EVENT_HEAD). Content 2 declares a 21st field and leaves it a
# wildcard; content 3 is the first that reads it.
vendor_content(alder 1 20 5=ALDER-TEST-MARKER-1)
vendor_content(alder 2 21 5=ALDER-TEST-MARKER-1 5=ALDER-TEST-MARKER-2)
# Content 5 has the rules of content 1 again: going back, by a number that is not older.
vendor_content(alder 5 20 5=ALDER-TEST-MARKER-1)
vendor_content(alder 3 21 5=ALDER-TEST-MARKER-1 5=ALDER-TEST-MARKER-2 21=alder-test-pipe)

# Content 4 is what a lost write leaves behind: a file of the right size and nothing in it.
set(zeros ${TRUCE_STAGE}/vendors/alder/content/C-00000291-00000004.bin)
add_custom_command(OUTPUT ${zeros}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${TRUCE_STAGE}/vendors/alder/content
  COMMAND truncate -s 2712 ${zeros} VERBATIM)
add_custom_target(alder-content-4 ALL DEPENDS ${zeros})
