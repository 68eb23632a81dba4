# Completion of istio-mtls-ls for bash 4 and later; needs nothing of the package bash-completion.
# shellcheck shell=bash
# tests/packaging/test_completions.py holds it to --help.

# What the word under the cursor could be goes into COMPREPLY; $1 is the program.
_istio_mtls_ls() {
  local program=$1 current=${COMP_WORDS[COMP_CWORD]} previous='' glued=''
  local server='--stdio --listen --pipe --log --log-level --max-message-size'
  local settings='--root-namespace --auto-mtls --cluster-domain --rule-export-to --default-namespace --config --mesh-config --exclude --select --ignore --limit --jobs --color'
  ((COMP_CWORD == 0)) || previous=${COMP_WORDS[COMP_CWORD - 1]}

  # --format=json is three words, or one where the user took '=' out of COMP_WORDBREAKS.
  if [[ $current == = ]]; then
    current=''
  elif [[ $previous == = ]] && ((COMP_CWORD > 1)); then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $current == --*=* ]]; then
    previous=${current%%=*} glued=$previous= current=${current#*=}
  fi

  local command='' word i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i - 1]} in # before a value, which is no command
      = | --listen | --pipe | --log | --log-level | --max-message-size | --self-test | --root-namespace | --auto-mtls | --cluster-domain | --rule-export-to | --default-namespace | --config | --mesh-config | --baseline | --service | \
        --exclude | --select | --ignore | --limit | --jobs | -j | --color | --output | -o | --snapshot | --without | \
        --context | --kubeconfig | --namespace | --timeout) continue ;;
    esac
    case ${COMP_WORDS[i]} in
      serve | check | fix | effective | graph | render | baseline | snapshot | explain | help | version) command=${COMP_WORDS[i]} && break ;;
    esac
  done

  local words='' files=''
  case $previous in
    --auto-mtls) words='true false' ;;
    --color) words='auto always never' ;;
    --root-namespace) words=istio-system ;;
    --cluster-domain) words=cluster.local ;;
    --rule-export-to) words='. *' ;;
    --default-namespace) words=default ;;
    --config | --mesh-config | --baseline | --pipe | --log | --self-test | --exclude | --output | -o | --snapshot | --kubeconfig) files=any ;;
    --log-level) words='error warning info debug' ;;
    --limit) words='fileSize documentSize depth aliasedValues documents' ;;
    --only) files=manifests ;;
    --cluster | --context) words=contexts ;;
    --listen | --max-message-size | --jobs | -j | --without | --namespace | --service | --timeout) ;;
    --code | --select | --ignore) words=codes ;;
    --fail-on) words='error warning never' ;;
    --format)
      case $command in
        check) words='text json sarif github gitlab junit' ;;
        effective) words='table json' ;;
        graph) words='json dot html' ;;
        render) words='yaml json' ;;
      esac
      ;;
    *)
      case $command:$current in
        :-*) words="--version --verbose --help $server $settings" ;;
        serve:-*) words="--help $server $settings" ;;
        check:-*) words="--help --format --fail-on --only --baseline --statistics --allow-empty --quiet --output --cluster --snapshot --new --all --without --self-test --follow-links --no-follow-links --helm $settings" ;;
        fix:-*) words="--help --code --dry-run --only --follow-links --no-follow-links --helm $settings" ;;
        effective:-*) words="--help --format --failing --namespace --service --output --cluster --snapshot --follow-links --no-follow-links --helm $settings" ;;
        graph:-*) words="--help --format --output --cluster --snapshot --follow-links --no-follow-links --helm $settings" ;;
        baseline:-*) words="--help --output --cluster --snapshot --follow-links --no-follow-links --helm $settings" ;;
        render:-*) words="--help --origins --format --output $settings" ;;
        snapshot:-*) words='--help --context --kubeconfig --namespace --timeout --quiet --output --root-namespace --color' ;;
        explain:-*) words='--help --color' ;;
        help:-*) words=--help ;;
        version:-*) words='--help --verbose' ;;
        :* | help:*) words='serve check fix effective graph render baseline snapshot explain help version' ;;
        version:*) ;;
        explain:*) words=codes ;;
        serve:* | snapshot:*) ;;
        *) files=manifests ;;
      esac
      ;;
  esac

  if [[ $words == codes ]]; then
    words=$("$program" explain --color=never 2>/dev/null | while read -r word _; do echo "$word"; done)
  fi
  if [[ $words == contexts ]]; then
    words=$(kubectl config get-contexts --output=name 2>/dev/null)
  fi
  COMPREPLY=()
  case $files in
    '') mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
    any) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    manifests)
      mapfile -t COMPREPLY < <({
        compgen -d -- "$current"
        for word in yaml yml json; do compgen -f -X "!*.$word" -- "$current"; done
      } | sort -u)
      ;;
  esac
  [[ -z $files ]] || compopt -o filenames 2>/dev/null
  [[ -z $glued ]] || COMPREPLY=("${COMPREPLY[@]/#/$glued}")
}

complete -F _istio_mtls_ls istio-mtls-ls
