#include "lsp/cli/cli.h"

int main(int argc, char** argv) { return lsp::cli::run_process(argc, argv); }
