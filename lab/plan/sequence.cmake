# Sequence covering arrays: depends on nothing of the plan, so that it can be used by itself.
truce_module(sequence
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/sequence.c
    ${CMAKE_CURRENT_LIST_DIR}/sequence-greedy.c
    ${CMAKE_CURRENT_LIST_DIR}/sequence-model.c
    ${CMAKE_CURRENT_LIST_DIR}/sequence-optimise.c
    ${CMAKE_CURRENT_LIST_DIR}/sequence-output.c
    ${CMAKE_CURRENT_LIST_DIR}/sequence-presence.c
    ${CMAKE_CURRENT_LIST_DIR}/sequence-table.c
    ${CMAKE_CURRENT_LIST_DIR}/sequence-verify.c
  LIBS truce-util PkgConfig::CJSON m)
# The table is one hot loop over vectors; -O2 leaves parts of it in memory.
if(NOT TRUCE_SANITIZE)
  set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/sequence-table.c
    PROPERTIES COMPILE_OPTIONS -O3)
endif()
