-- A user's session in a real editor, step by step; see run. Ends Neovim with 0 if every step went well, else with 1.
-- Neovim 0.7 watches no files, creates none for a server, and counts columns in UTF-16: the fallbacks of the server. What
-- came later is tried where it is.

local patience = tonumber(os.getenv('ISTIO_MTLS_PATIENCE') or '10') * 1000 -- milliseconds a step; more under sanitizers

local function say(text) io.stdout:write(text .. '\n') end

local function wait_for(what, done)
  if not vim.wait(patience, done, 20) then error('waited in vain for ' .. what, 0) end
end

local function buffer(name) return vim.uri_to_bufnr(vim.uri_from_fname(vim.fn.getcwd() .. '/' .. name)) end

-- Each diagnostic as 'line:from-to CODE', counted from 1; the end is exclusive.
local function shown(name)
  local result = {}
  for _, d in ipairs(vim.diagnostic.get(buffer(name))) do
    table.insert(result, string.format('%d:%d-%d %s', d.lnum + 1, d.col + 1, d.end_col + 1, d.user_data.lsp.code))
  end
  table.sort(result)
  return table.concat(result, ', ')
end

local function expect_shown(expected)
  for name, diagnostics in pairs(expected) do
    local ok, problem = pcall(wait_for, '', function() return shown(name) == diagnostics end)
    if not ok then
      error(string.format("%s: expected '%s', shown '%s' %s", name, diagnostics, shown(name), problem), 0)
    end
  end
end

local function line_of(name, number) return vim.api.nvim_buf_get_lines(buffer(name), number - 1, number, false)[1] end

local function expect_line(name, number, text)
  local found = line_of(name, number)
  if found ~= text then error(string.format("%s:%d: expected '%s', found '%s'", name, number, text, found), 0) end
end

-- Hovers until the window has all words; returns what it shows, as lines.
local function hover(words)
  vim.lsp.buf.hover()
  local text
  local function all_there()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
        for _, word in ipairs(words) do
          if not text:find(word, 1, true) then return false end
        end
        return true
      end
    end
  end
  if not pcall(wait_for, '', all_there) then
    error(string.format("expected '%s' in the hover: '%s'", table.concat(words, "', '"), text or ''), 0)
  end
  vim.cmd('doautocmd CursorMoved') -- closes it
  return text
end

-- What the server answers to a request of the current buffer.
local function ask(method, params)
  local answers, problem = vim.lsp.buf_request_sync(0, method, params, patience)
  local _, answer = next(answers or {})
  assert(answer and not answer.err, method .. ': ' .. vim.inspect(answer or problem))
  return answer.result
end

local function document() return { uri = vim.uri_from_bufnr(0) } end

-- Moves the cursor there and picks a quick fix from the menu, by its title.
local function pick_fix(name, line, column, title)
  vim.cmd('edit ' .. name)
  vim.api.nvim_win_set_cursor(0, { line, column - 1 })
  local titles
  vim.ui.select = function(items, options, on_choice)
    titles = vim.tbl_map(options.format_item, items)
    for index, item in ipairs(items) do
      if titles[index] == title then return on_choice(item, index) end
    end
    on_choice(nil)
  end
  vim.lsp.buf.code_action()
  wait_for('the menu of quick fixes', function() return titles end)
  if not vim.tbl_contains(titles, title) then
    error(string.format("no '%s' in the menu: %s", title, table.concat(titles, ' | ')), 0)
  end
end

local policy, rules = 'payments/policy.yaml', 'payments/rules.yaml'
local mesh_policy, mesh_rules = 'istio-system/policy.yaml', 'istio-system/rules.yaml'
local strict_shown, plaintext_shown = '9:11-17 TIS0208', '22:13-20 TIS0208'
local disable_shown, mutual_shown = '10:11-18 TIS0503', '11:13-25 TIS0503'

local steps = {
  { 'one file is opened: diagnostics of all files, open or not, at their places', function()
    vim.cmd('edit ' .. policy)
    expect_shown({ [policy] = strict_shown, [rules] = plaintext_shown,
                   [mesh_policy] = disable_shown, [mesh_rules] = mutual_shown, ['shop/rules.yaml'] = '' })
  end },
  { 'a diagnostic says what is wrong, and names the place in the other file', function()
    local d = vim.diagnostic.get(buffer(policy))[1]
    assert(d.severity == vim.diagnostic.severity.ERROR and d.source == 'istio-mtls', vim.inspect(d))
    assert(d.message:find('DestinationRule payments/ledger sends plaintext', 1, true), d.message)
    local related = d.user_data.lsp.relatedInformation[1]
    assert(related.location.uri == vim.uri_from_bufnr(buffer(rules)), vim.inspect(related))
    assert(related.location.range.start.line == 21, vim.inspect(related))
  end },
  { 'hover tells what clients send to the servers of a policy, and names places in words', function()
    vim.cmd('edit ' .. policy)
    vim.api.nvim_win_set_cursor(0, { 9, 12 })
    local text = hover({ 'payments/ledger at `payments/rules.yaml:22`', 'calls fail' })
    assert(not text:find('file://', 1, true), text)
  end },
  { 'the quick fix of TIS0208 changes the other file; it vanishes from both', function()
    pick_fix(policy, 9, 11, 'Set DestinationRule payments/ledger to ISTIO_MUTUAL')
    expect_shown({ [policy] = '', [rules] = '' })
    expect_line(rules, 22, '      mode: ISTIO_MUTUAL # TODO: put back')
    expect_line(policy, 9, '    mode: STRICT')
  end },
  { 'undone, it is back in both; redone, gone', function()
    vim.cmd('edit ' .. rules)
    vim.cmd('silent undo')
    expect_shown({ [policy] = strict_shown, [rules] = plaintext_shown })
    vim.cmd('silent redo')
    expect_shown({ [policy] = '', [rules] = '' })
  end },
  { 'the quick fix of TIS0503 changes a file that is not open; it vanishes from both', function()
    pick_fix(mesh_rules, 11, 13, 'Set PeerAuthentication istio-system/default to PERMISSIVE')
    expect_shown({ [mesh_policy] = '', [mesh_rules] = '' })
    expect_line(mesh_policy, 10, '    mode: PERMISSIVE')
    expect_line(mesh_rules, 11, '      mode: ISTIO_MUTUAL')
  end },
  { 'while typing, places move with the text and a broken document hides only itself', function()
    vim.cmd('edit ' .. rules)
    vim.cmd('22s/ISTIO_MUTUAL/DISABLE/')
    vim.api.nvim_buf_set_lines(0, 0, 0, false, { '# é😀', '# two more lines' })
    expect_shown({ [rules] = '24:13-20 TIS0208' })
    vim.cmd('9s/"\\*/"*\\\\q/') -- the first document: no such escape
    wait_for('MTLS0900', function() return shown(rules):find('MTLS0900') and shown(rules):find('24:13%-20 TIS0208') end)
    vim.cmd('edit!') -- back to what the disk has
    expect_shown({ [rules] = plaintext_shown })
    vim.cmd('22s/DISABLE/ISTIO_MUTUAL/')
    expect_shown({ [policy] = '', [rules] = '' })
  end },
  { 'all is saved, and the command line agrees', function()
    vim.cmd('silent wall')
    local output = vim.fn.system({ 'istio-mtls-ls', 'check' })
    assert(vim.v.shell_error == 0, output)
    expect_shown({ [policy] = '', [rules] = '', [mesh_policy] = '', [mesh_rules] = '' })
  end },
  { 'a file that another program writes and removes is noticed', function()
    local text = 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: late\n'
      .. '  namespace: payments\nspec:\n  host: gateway\n  trafficPolicy: {tls: {mode: SIMPLE}}\n'
    local file = assert(io.open('payments/late.yaml', 'w'))
    file:write(text)
    file:close()
    expect_shown({ [policy] = strict_shown, ['payments/late.yaml'] = '8:31-37 TIS0208' })
    os.remove('payments/late.yaml')
    expect_shown({ [policy] = '', ['payments/late.yaml'] = '' })
  end },
  { 'laid over a cluster, a file meets what runs there; the hover shows it', function()
    local rule = 'edge/rule.yaml'
    vim.fn.mkdir('edge', 'p')
    local file = assert(io.open(rule, 'w'))
    file:write('apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: a\n  namespace: edge\nspec:\n'
      .. '  host: a\n  trafficPolicy:\n    tls:\n      mode: DISABLE\n')
    file:close()
    vim.cmd('edit ' .. rule)
    expect_shown({ [rule] = '' })
    vim.cmd('IstioMtlsCluster prod')
    expect_shown({ [rule] = '10:13-20 TIS0208' })
    vim.api.nvim_win_set_cursor(0, { 10, 13 })
    hover({ 'cluster prod', 'mode: STRICT' })
    vim.cmd('IstioMtlsRefreshCluster')
    vim.cmd('IstioMtlsCluster none')
    expect_shown({ [rule] = '' })
  end },
  { 'keys are completed in a new file, each on one line, and a hover explains them', function()
    vim.cmd('edit payments/new.yaml')
    vim.api.nvim_buf_set_lines(0, 0, -1, false, { 'apiVersion: security.istio.io/v1', 'kind: PeerAuthentication', 'spec:', '  sel' })
    vim.api.nvim_win_set_cursor(0, { 4, 5 })
    local result = ask('textDocument/completion', { textDocument = document(), position = { line = 3, character = 5 } })
    local words = {}
    for _, item in ipairs(result.items or result) do
      if vim.startswith(item.label, 'sel') then table.insert(words, item) end
    end
    assert(#words == 1, vim.inspect(words))
    if vim.snippet then -- 0.10: what is inserted has a line below the key, and a place to type at
      assert(words[1].insertTextFormat == 2, vim.inspect(words))
    else -- what <C-x><C-o> writes
      local complete = vim.lsp.util.text_document_completion_list_to_complete_items(result, 'sel')
      assert(#complete == 1 and complete[1].word == 'selector:', vim.inspect(complete))
    end
    vim.api.nvim_buf_set_lines(0, 3, 4, false, { '  selector: {}' })
    vim.api.nvim_win_set_cursor(0, { 4, 3 })
    hover({ 'selector determines the workloads' })
    vim.cmd('bdelete!')
  end },
  { 'a Service is renamed in all files, and undone', function()
    vim.cmd('edit ' .. rules)
    vim.api.nvim_win_set_cursor(0, { 19, 10 })
    vim.lsp.buf.rename('journal')
    wait_for('the rename', function() return line_of(rules, 19) == '  host: journal.payments.svc.cluster.local' end)
    expect_line('payments/workloads.yaml', 38, '  name: journal')
    expect_line('payments/workloads.yaml', 55, '  serviceName: journal')
    expect_line('payments/workloads.yaml', 42, '    app: ledger')
    vim.cmd('silent undo')
    vim.cmd('edit payments/workloads.yaml')
    vim.cmd('silent undo')
    expect_line('payments/workloads.yaml', 38, '  name: ledger')
  end },
  { 'documents fold, selections grow and a definition is in the other file', function()
    vim.cmd('edit ' .. rules)
    local folds = ask('textDocument/foldingRange', { textDocument = document() })
    local first = vim.tbl_filter(function(fold) return fold.startLine == 0 end, folds)
    assert(#first > 0, vim.inspect(folds))
    local position = { line = 18, character = 10 } -- ledger, the host
    local selections = ask('textDocument/selectionRange', { textDocument = document(), positions = { position } })
    local depth, at = 0, selections[1]
    while at do depth, at = depth + 1, at.parent end
    assert(depth >= 3, vim.inspect(selections))
    local found = ask('textDocument/definition', { textDocument = document(), position = position })
    local target = (vim.islist or vim.tbl_islist)(found) and found[1] or found
    assert(vim.endswith(target.uri or target.targetUri, 'payments/workloads.yaml'), vim.inspect(found))
  end },
  { 'code lenses stand above the policies', function()
    vim.cmd('edit ' .. policy)
    vim.lsp.codelens.refresh()
    wait_for('lenses', function() return #vim.lsp.codelens.get(0) > 0 end)
    local titles = vim.tbl_map(function(lens) return lens.command and lens.command.title end, vim.lsp.codelens.get(0))
    assert(titles[1]:find('2 workloads', 1, true), vim.inspect(titles))
  end },
  { 'inlay hints stand behind modes', since = 'nvim-0.10', function()
    vim.lsp.inlay_hint.enable(true)
    wait_for('hints', function() return #vim.lsp.inlay_hint.get({ bufnr = 0 }) > 0 end)
    local hint = vim.lsp.inlay_hint.get({ bufnr = 0 })[1]
    assert(hint.inlay_hint.position.line == 8, vim.inspect(hint))
    vim.lsp.inlay_hint.enable(false)
  end },
  { 'folds are the server\'s', since = 'nvim-0.11', function()
    vim.wo.foldmethod, vim.wo.foldexpr = 'expr', 'v:lua.vim.lsp.foldexpr()'
    wait_for('a fold', function() return vim.fn.foldlevel(5) > 0 end)
    vim.wo.foldmethod = 'manual'
  end },
  { 'a snippet of several lines is expanded where the editor completes', since = 'nvim-0.11', function()
    vim.cmd('edit payments/other.yaml')
    vim.api.nvim_buf_set_lines(0, 0, -1, false, { 'apiVersion: security.istio.io/v1', 'kind: PeerAuthentication', 'spec:', '  sel' })
    local client = vim.lsp.get_clients({ bufnr = 0 })[1]
    vim.o.completeopt = 'menuone,noselect'
    vim.lsp.completion.enable(true, client.id, 0)
    vim.api.nvim_win_set_cursor(0, { 4, 4 })
    local function keys(text) return vim.api.nvim_replace_termcodes(text, true, false, true) end
    completed = { -- in Insert mode, where waiting lets the answers in
      offered = function()
        vim.lsp.completion.get()
        wait_for('the menu', function() return #vim.fn.complete_info({ 'items' }).items > 0 end)
      end,
      expanded = function() wait_for('the snippet', function() return vim.api.nvim_buf_line_count(0) > 4 end) end,
    }
    vim.api.nvim_feedkeys(keys('A<Cmd>lua completed.offered()<CR><C-n><C-y><Cmd>lua completed.expanded()<CR>app: web<Esc>'), 'tx', false)
    expect_line('payments/other.yaml', 4, '  selector:')
    expect_line('payments/other.yaml', 5, '    app: web')
    vim.cmd('bdelete!')
  end },
  { 'the server ends when the editor asks it to', function()
    local clients = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = buffer(policy) })
    local id = clients and clients[1].id or next(vim.lsp.buf_get_clients(buffer(policy)))
    if vim.lsp.enable then vim.lsp.enable('istio_mtls', false) end -- it would be started again
    vim.lsp.stop_client(id)
    wait_for('the end of the server', function() return vim.lsp.client_is_stopped(id) end)
  end },
}

local function run()
  vim.cmd('filetype on')
  dofile(os.getenv('SETUP_LUA'))
  steps = vim.tbl_filter(function(step) return not step.since or vim.fn.has(step.since) == 1 end, steps)
  for number, step in ipairs(steps) do
    local ok, problem = pcall(step[2])
    say(string.format('%s %d - %s', ok and 'ok' or 'not ok', number, step[1]))
    if not ok then
      say('    ' .. tostring(problem))
      say(string.format('%d passed, %d failed', number - 1, #steps - number + 1))
      return false
    end
  end
  say(string.format('%d passed, 0 failed', #steps))
  return true
end

local ok, result = pcall(run)
if not ok then say('    ' .. tostring(result)) end
vim.cmd(ok and result and 'qall!' or 'cquit 1')
