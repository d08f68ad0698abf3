# Installs BUILD_DIR into an empty PREFIX and looks for what a user needs there.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${PREFIX}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(file
    bin/purser ${LIBDIR}/${LIBRARY} ${LIBDIR}/pkgconfig/purser.pc
    ${LIBDIR}/cmake/purser/purserConfig.cmake ${INCLUDEDIR}/purser/ledger.h)
  if(NOT EXISTS ${PREFIX}/${file})
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()

# What is installed must not lead back to where it was built.
file(GLOB_RECURSE texts ${PREFIX}/*.cmake ${PREFIX}/*.pc)
foreach(file ${texts})
  file(READ ${file} text)
  string(FIND "${text}" ${BUILD_DIR} found)
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "${file} names the build directory")
  endif()
endforeach()
