# `cpack` in the build tree: a .deb and a .tar.gz, of the same stripped program; for macOS the latter only. scripts/package and
# scripts/package-macos build and try them.
set(CPACK_PACKAGE_VENDOR "istio-mtls-ls maintainers")
set(CPACK_PACKAGE_CONTACT "istio-mtls-ls maintainers <maintainers@users.noreply.r-seed-cbdc4af6.example>")
set(CPACK_PACKAGE_CHECKSUM SHA256)
if(APPLE)
  set(CPACK_GENERATOR TGZ)
  set(platform macos-${CMAKE_SYSTEM_PROCESSOR})
else()
  set(CPACK_GENERATOR DEB TGZ)
  set(CPACK_STRIP_FILES ON)  # nobody here could sign the program for macOS again
  string(TOLOWER "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" platform)
endif()
set(CPACK_PACKAGE_FILE_NAME ${PROJECT_NAME}-${PROJECT_VERSION}-${platform})

# One package each, with the components that install.cmake tells of.
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/cmake/package_components.cmake)

if(CMAKE_CROSSCOMPILING)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)  # else it would be this machine's
endif()
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS bash-completion)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "language server and check for Istio mTLS policy")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "istio-mtls-ls finds Istio mTLS policy that breaks traffic: DestinationRules
that send what PeerAuthentications refuse, across all files of a mesh. It shows
both ends and offers fixes that change whichever file needs it.
.
Run by an editor it is a language server (LSP 3.17); by hand or in continuous
integration it checks manifests, fixes them, tells which policy decides for
each service, and draws the policy graph.")
include(CPack)
