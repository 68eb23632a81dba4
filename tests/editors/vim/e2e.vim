" A user's session in Vim with ALE, step by step; see run. Ends Vim with 0 if every step went well, else with 1.

let s:patience = str2nr(empty($ISTIO_MTLS_PATIENCE) ? '10' : $ISTIO_MTLS_PATIENCE) " seconds a step; more under sanitizers
let s:policy = 'payments/policy.yaml'
let s:rules = 'payments/rules.yaml'
let s:mesh_policy = 'istio-system/policy.yaml'
let s:mesh_rules = 'istio-system/rules.yaml'
let s:strict_shown = '9:11-17 TIS0208'
let s:plaintext_shown = '22:13-20 TIS0208'

function! s:Say(text) abort
  call writefile([a:text], $REPORT, 'a')
endfunction

" Lets Vim hear from the server until Done() is true.
function! s:WaitFor(Done, Otherwise) abort
  let l:start = reltime()
  while !a:Done()
    if reltimefloat(reltime(l:start)) > s:patience
      throw a:Otherwise()
    endif
    sleep 50m
  endwhile
endfunction

" Each problem of the file as 'line:from-to CODE', counted from 1; the end is exclusive.
function! s:Shown(name) abort
  let l:problems = copy(ale#engine#GetLoclist(bufnr(a:name)))
  return join(sort(map(l:problems, {_, p -> printf('%d:%d-%d %s', p.lnum, p.col, p.end_col + 1, p.code)})), ', ')
endfunction

function! s:ExpectShown(expected) abort
  for [l:name, l:problems] in items(a:expected)
    call s:WaitFor({-> s:Shown(l:name) ==# l:problems},
      \ {-> printf("%s: expected '%s', shown '%s'", l:name, l:problems, s:Shown(l:name))})
  endfor
endfunction

function! s:ExpectLine(name, number, text) abort
  let l:found = get(getbufline(a:name, a:number), 0, '')
  if l:found !=# a:text
    throw printf("%s:%d: expected '%s', found '%s'", a:name, a:number, a:text, l:found)
  endif
endfunction

function! s:GoTo(name, line, column) abort
  silent execute 'edit' a:name
  call cursor(a:line, a:column)
endfunction

" The screen, a line each.
function! s:Screen() abort
  return map(range(1, &lines), {_, row -> substitute(join(map(range(1, &columns), 'screenstring(row, v:val)'), ''), '\s*$', '', '')})
endfunction

" Types the number that stands before the title in ALE's menu, once that is on the screen; leaves the menu where it is not in it.
function! s:Answer(title, tries, timer) abort
  let l:prompted = 0
  for l:line in s:Screen()
    let l:number = matchstr(l:line, '^\d\+\ze) \V' . escape(a:title, '\') . '\$')
    if !empty(l:number)
      let s:answered = 1
      return feedkeys(l:number . "\<CR>", 't')
    endif
    let l:prompted = l:prompted || l:line =~# '^Type number and <Enter>'
  endfor
  if l:prompted
    let s:menu = s:Screen()
    return feedkeys("\<Esc>", 't')
  elseif a:tries > 0
    call timer_start(100, function('s:Answer', [a:title, a:tries - 1]))
  endif
endfunction

" Moves there, picks a quick fix by its title, and looks at the file that it changes: only then ALE tells the server.
function! s:PickFix(name, line, column, title, changed) abort
  call s:GoTo(a:name, a:line, a:column)
  let [s:answered, s:menu] = [0, []]
  call timer_start(100, function('s:Answer', [a:title, s:patience * 10]))
  ALECodeAction
  call s:WaitFor({-> s:answered || !empty(s:menu)}, {-> 'no menu of fixes'})
  if !s:answered
    throw printf("no '%s' in the menu: %s", a:title, join(filter(s:menu, '!empty(v:val)'), ' | '))
  endif
  silent execute 'buffer' a:changed
endfunction

" What ALE's popup window tells about the place.
function! s:HoverText() abort
  return join(map(popup_list(), {_, id -> join(getbufline(winbufnr(id), 1, '$'), "\n")}), "\n")
endfunction

function! s:ExpectHover(name, line, column, words) abort
  call s:GoTo(a:name, a:line, a:column)
  ALEHover
  for l:word in a:words
    call s:WaitFor({-> stridx(s:HoverText(), l:word) >= 0}, {-> printf("no '%s' in the hover: '%s'", l:word, s:HoverText())})
  endfor
  call popup_clear()
endfunction

" A script's change sets off no TextChanged, as one by a key does.
function! s:Change(command) abort
  silent execute a:command
  doautocmd <nomodeline> TextChanged
endfunction

let s:steps = []
function! s:Step(name, Body) abort
  call add(s:steps, [a:name, a:Body])
endfunction

function! s:Opened() abort
  call s:GoTo(s:policy, 1, 1)
  call s:ExpectShown({s:policy: s:strict_shown})
endfunction
call s:Step('a file is opened: its problem is at its place', function('s:Opened'))

function! s:Message() abort
  let l:problem = ale#engine#GetLoclist(bufnr(s:policy))[0]
  if stridx(l:problem.text, 'DestinationRule payments/ledger sends plaintext') < 0
    throw l:problem.text
  endif
endfunction
call s:Step('the problem says what is wrong', function('s:Message'))

function! s:Hover() abort
  call s:ExpectHover(s:policy, 9, 12, ['payments/ledger at payments/rules.yaml:22', 'calls fail'])
endfunction
call s:Step('hover tells what clients send to the servers of a policy', function('s:Hover'))

function! s:FixOpen() abort
  call s:GoTo(s:rules, 1, 1)
  call s:ExpectShown({s:rules: s:plaintext_shown})
  call s:PickFix(s:policy, 9, 11, 'Set DestinationRule payments/ledger to ISTIO_MUTUAL', s:rules)
  call s:ExpectShown({s:policy: '', s:rules: ''})
  call s:ExpectLine(s:rules, 22, '      mode: ISTIO_MUTUAL # TODO: put back')
  call s:ExpectLine(s:policy, 9, '    mode: STRICT')
endfunction
call s:Step('the quick fix of TIS0208 changes the other file, which is open; it vanishes from both', function('s:FixOpen'))

function! s:Undo() abort
  silent execute 'buffer' s:rules
  call s:Change('undo')
  call s:ExpectShown({s:policy: s:strict_shown, s:rules: s:plaintext_shown})
  call s:Change('redo')
  call s:ExpectShown({s:policy: '', s:rules: ''})
endfunction
call s:Step('undone, it is back in both; redone, gone', function('s:Undo'))

function! s:FixClosed() abort
  call s:GoTo(s:mesh_rules, 1, 1)
  call s:ExpectShown({s:mesh_rules: '11:13-25 TIS0503'})
  call s:PickFix(s:mesh_rules, 11, 13, 'Set PeerAuthentication istio-system/default to PERMISSIVE', s:mesh_policy)
  call s:ExpectShown({s:mesh_policy: '', s:mesh_rules: ''})
  call s:ExpectLine(s:mesh_policy, 10, '    mode: PERMISSIVE')
endfunction
call s:Step('the quick fix of TIS0503 changes a file that is not open; it vanishes from both', function('s:FixClosed'))

function! s:Typing() abort
  silent execute 'buffer' s:rules
  call s:Change('22s/ISTIO_MUTUAL/DISABLE/')
  call s:Change("call append(0, ['# a line', '# another'])")
  call s:ExpectShown({s:rules: '24:13-20 TIS0208', s:policy: s:strict_shown})
  call s:Change('1,2delete')
  call s:Change('22s/DISABLE/ISTIO_MUTUAL/')
  call s:ExpectShown({s:policy: '', s:rules: ''})
endfunction
call s:Step('while typing, places move with the text', function('s:Typing'))

function! s:Saved() abort
  silent wall
  let l:output = system('istio-mtls-ls check')
  if v:shell_error != 0
    throw l:output
  endif
endfunction
call s:Step('all is saved, and the command line agrees', function('s:Saved'))

function! s:Run(timer) abort
  for l:number in range(len(s:steps))
    let [l:name, l:Step] = s:steps[l:number]
    try
      call l:Step()
      call s:Say(printf('ok %d - %s', l:number + 1, l:name))
    catch
      call s:Say(printf('not ok %d - %s', l:number + 1, l:name))
      call s:Say('    ' . v:exception)
      call s:Say(printf('%d passed, %d failed', l:number, len(s:steps) - l:number))
      cquit
    endtry
  endfor
  call s:Say(printf('%d passed, 0 failed', len(s:steps)))
  qall!
endfunction

" When the screen is there.
call timer_start(0, function('s:Run'))
