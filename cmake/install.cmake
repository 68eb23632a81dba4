# What `cmake --install` and the packages hold. Three things are where they are according to who gets them:
#   component "local":  everyone but Debian's package, which has the licence in common-licenses and zsh's functions elsewhere
#   component "debian": Debian's package only
#   the rest:           everyone
include(GNUInstallDirs)
set(packaging ${PROJECT_SOURCE_DIR}/packaging)

# compressed(SOURCE NAME): NAME.gz in the build tree, the same bytes whenever it is made. It is part of the program's target, so
# that what was built can be installed.
function(compressed source name)
  set(output ${CMAKE_BINARY_DIR}/${name}.gz)
  add_custom_command(OUTPUT ${output} DEPENDS ${source} VERBATIM
                     COMMAND ${CMAKE_COMMAND} -E copy ${source} ${CMAKE_BINARY_DIR}/${name}
                     COMMAND gzip -9nf ${CMAKE_BINARY_DIR}/${name})
  add_custom_target(${name} DEPENDS ${output})
  add_dependencies(istio-mtls-ls ${name})
endfunction()
compressed(${packaging}/istio-mtls-ls.1 istio-mtls-ls.1)
compressed(${packaging}/changelog changelog)

install(TARGETS istio-mtls-ls)
install(FILES ${CMAKE_BINARY_DIR}/istio-mtls-ls.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

install(FILES ${packaging}/completions/istio-mtls-ls.bash RENAME istio-mtls-ls
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${packaging}/completions/istio-mtls-ls.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${packaging}/completions/_istio-mtls-ls DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
        COMPONENT local)
install(FILES ${packaging}/completions/_istio-mtls-ls DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
        COMPONENT debian EXCLUDE_FROM_ALL)

install(FILES README.md ${packaging}/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
# The bill of materials, where scripts/sbom has written one.
install(FILES ${CMAKE_BINARY_DIR}/sbom.spdx.json DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT local)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT debian EXCLUDE_FROM_ALL)
