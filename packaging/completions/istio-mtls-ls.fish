# Completion of istio-mtls-ls for fish 3. tests/packaging/test_completions.py holds it to --help.

function __istio_mtls_ls_codes
    istio-mtls-ls explain --color=never 2>/dev/null | string replace --regex ' +' \t
end

# Reports whether one of these commands is given. 'none' stands for no command.
function __istio_mtls_ls_in
    if __fish_seen_subcommand_from serve check fix effective graph render baseline snapshot explain help version
        __fish_seen_subcommand_from $argv
    else
        contains none $argv
    end
end

complete -c istio-mtls-ls -f

set -l none '__istio_mtls_ls_in none'
complete -c istio-mtls-ls -n $none -a serve -d 'Run as a language server'
complete -c istio-mtls-ls -n $none -a check -d 'Report problems in manifests'
complete -c istio-mtls-ls -n $none -a fix -d 'Apply the fixes that do not weaken encryption'
complete -c istio-mtls-ls -n $none -a effective -d 'Show the effective mTLS mode of each namespace, service and port'
complete -c istio-mtls-ls -n $none -a graph -d 'Print the policy graph'
complete -c istio-mtls-ls -n $none -a render -d 'Show what a kustomization builds'
complete -c istio-mtls-ls -n $none -a baseline -d "Record today's findings, so that check reports only new ones"
complete -c istio-mtls-ls -n $none -a snapshot -d 'Record what the analysis needs of a running cluster'
complete -c istio-mtls-ls -n $none -a explain -d 'Explain what a code means, why it matters and how to fix it'
complete -c istio-mtls-ls -n $none -a help -d 'Print the help of the program or of a command'
complete -c istio-mtls-ls -n $none -a version -d 'Print the version'
complete -c istio-mtls-ls -n $none -s V -l version -d 'Print the version'
complete -c istio-mtls-ls -n $none -l verbose -d 'With the version, what the program was built of'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in version' -l verbose -d 'Also print what the program was built of'
complete -c istio-mtls-ls -s h -l help -d 'Print the help'

set -l server '__istio_mtls_ls_in none serve'
complete -c istio-mtls-ls -n $server -l stdio -d 'Use standard input and output'
complete -c istio-mtls-ls -n $server -l listen -x -d 'Listen for a client on this address'
complete -c istio-mtls-ls -n $server -l pipe -r -F -d "Connect to the client's socket at this path"
complete -c istio-mtls-ls -n $server -l log -r -F -d 'Append log messages to this file'
complete -c istio-mtls-ls -n $server -l log-level -x -a 'error warning info debug' -d 'How much is logged'
complete -c istio-mtls-ls -n $server -l max-message-size -x -d 'Reject larger messages of the client'

set -l settings '__istio_mtls_ls_in none serve check fix effective graph render baseline'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in none serve check fix effective graph render baseline snapshot' -l root-namespace -x -a istio-system -d "Istio's root namespace"
complete -c istio-mtls-ls -n $settings -l auto-mtls -x -a 'true false' -d 'Whether auto mTLS is enabled in the mesh'
complete -c istio-mtls-ls -n $settings -l cluster-domain -x -a cluster.local -d "The cluster's domain"
complete -c istio-mtls-ls -n $settings -l rule-export-to -x -a ". '*'" -d 'Where rules without exportTo are visible'
complete -c istio-mtls-ls -n $settings -l default-namespace -x -a default -d 'Namespace of resources that name none'
complete -c istio-mtls-ls -n $settings -l config -r -F -d 'Use this file instead of the nearest .istio-mtls.yaml'
complete -c istio-mtls-ls -n $settings -l mesh-config -r -F -d 'Take settings from this MeshConfig'
complete -c istio-mtls-ls -n $settings -l exclude -r -F -d 'Skip what the glob matches'
complete -c istio-mtls-ls -n $settings -l select -x -a '(__istio_mtls_ls_codes)' -d 'Report findings of this code only'
complete -c istio-mtls-ls -n $settings -l ignore -x -a '(__istio_mtls_ls_codes)' -d 'Report no findings of this code'
complete -c istio-mtls-ls -n $settings -l limit -x -a 'fileSize documentSize depth aliasedValues documents' \
    -d 'Do not check manifests beyond it (NAME=VALUE)'
complete -c istio-mtls-ls -n $settings -s j -l jobs -x -d 'Maximum number of threads that read files'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in none serve check fix effective graph render baseline snapshot explain' -l color -x -a 'auto always never' -d 'Use colors'

set -l paths '__istio_mtls_ls_in check fix effective graph render baseline'
complete -c istio-mtls-ls -n $paths -F
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check' -l format -x -a 'text json sarif github gitlab junit' -d 'Output format'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check' -l fail-on -x -a 'error warning never' \
    -d 'Lowest severity that fails'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check fix' -l only -r -F -d 'Report or change only what stands there'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check' -l baseline -r -F -d 'Report only what is not in this baseline'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check' -l statistics -d 'Also print counts'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check' -l allow-empty -d 'Accept that there is no manifest'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check snapshot' -s q -l quiet -d 'Print findings only'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check effective graph render baseline snapshot' -s o -l output -r -F -d 'Write to this file'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check' -l self-test -r -F \
    -d 'Check the language server with this file instead'
set -l contexts '(kubectl config get-contexts --output=name 2>/dev/null)'
set -l cluster '__istio_mtls_ls_in check effective graph baseline'
complete -c istio-mtls-ls -n $cluster -l cluster -d 'Lay the files over a cluster'
complete -c istio-mtls-ls -n $cluster -l snapshot -r -F -d 'Lay the files over a recorded cluster'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check' -l new -d 'Report only what applying the files would bring'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check' -l all -d 'Report findings in the cluster alone, too'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check' -l without -x -d 'Leave a resource of the cluster out'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in snapshot' -l context -x -a $contexts -d 'Context of the cluster'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in snapshot' -l kubeconfig -r -F -d "kubectl's configuration file"
complete -c istio-mtls-ls -n '__istio_mtls_ls_in snapshot' -l namespace -x -d 'Read this namespace only'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in effective' -l failing -d 'Show only ports at which calls fail'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in effective' -l namespace -x -d 'Show only services of this namespace'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in effective' -l service -x -d 'Show only this service'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in snapshot' -l timeout -x -d 'How long to wait for each answer'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check fix effective graph baseline' -l follow-links -d 'Read what symbolic links out of the PATHs lead to'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check fix effective graph baseline' -l no-follow-links -d 'Don\'t, whatever the configuration says'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in check fix effective graph baseline' -l helm -d 'Render charts with the helm in PATH'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in fix' -l code -x -a '(__istio_mtls_ls_codes)' -d 'Apply only fixes for this code'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in fix' -l dry-run -d 'Print the diff without changing files'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in effective' -l format -x -a 'table json' -d 'Output format'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in graph' -l format -x -a 'json dot html' -d 'Output format'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in render' -l origins -d 'Show where each line was written'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in render' -l format -x -a 'yaml json' -d 'Output format'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in help' -a 'serve check fix effective graph render baseline snapshot explain help version'
complete -c istio-mtls-ls -n '__istio_mtls_ls_in explain' -a '(__istio_mtls_ls_codes)'
