# Covering arrays, their verifier, and PICT models: depends on nothing of the plan, so that it can be
# used by itself.
set(cover_sources construct.c cover.c cover-model.c coverage.c coverage-show.c csv.c expression.c expression-parse.c
  feasible.c field.c greedy.c hierarchy.c optimise.c pict.c pict-lines.c pict-seeds.c problem.c
  rows.c search.c space.c starter.c symmetry.c uniform.c weights.c)
list(TRANSFORM cover_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
truce_module(cover SOURCES ${cover_sources} LIBS truce-util PkgConfig::CJSON)
