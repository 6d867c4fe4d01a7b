-- The buffer-local commands, `:LspMidword...`.

local M = {}

local SCOPES = { 'file', 'language', 'everywhere' }

local function midword()
  return require('midword')
end

local function toggle(arguments)
  local scope = arguments.args == '' and 'file' or arguments.args
  if not vim.tbl_contains(SCOPES, scope) then
    vim.notify('Midword: say file, language or everywhere.', vim.log.levels.ERROR)
    return
  end
  local client = midword().client(0)
  local argument = {
    scope = scope,
    uri = vim.uri_from_bufnr(0),
    languageId = client and client.get_language_id(0, vim.bo.filetype) or vim.bo.filetype,
  }
  midword().execute('midword.toggle', argument, function(result)
    vim.notify(('Midword is %s (%s).'):format(result.enabled and 'on' or 'off', scope))
  end)
end

local function status()
  midword().execute('midword.status', { uri = vim.uri_from_bufnr(0) }, function(result)
    vim.notify(table.concat(require('midword.report').lines(result), '\n'))
  end)
end

local function model(arguments)
  local function choose(name)
    if name then
      midword().execute('midword.chooseModel', { model = name })
    end
  end
  if arguments.args ~= '' then
    return choose(arguments.args)
  end
  midword().execute('midword.models', vim.empty_dict(), function(answer)
    local names = vim.tbl_map(function(entry)
      return entry.name
    end, answer.models)
    vim.ui.select(names, { prompt = 'Midword: which model?' }, choose)
  end)
end

---A handler that gives the word named, or the one under the cursor, to a command of the server.
---With a bang, for the project rather than for this writer.
local function with_word(command)
  return function(arguments)
    local word = arguments.args ~= '' and arguments.args or vim.fn.expand('<cword>')
    local scope = arguments.bang and 'project' or 'personal'
    local argument = { word = word, scope = scope, uri = vim.uri_from_bufnr(0) }
    midword().execute(command, argument, function(answer)
      if answer.saved then
        vim.notify(('Midword: "%s" is noted in %s.'):format(word, answer.path))
      end
    end)
  end
end

local function show_log()
  vim.cmd.tabnew(vim.lsp.log.get_filename())
end

---@param buffer integer
function M.create(buffer)
  local function command(name, handler, options)
    vim.api.nvim_buf_create_user_command(buffer, 'LspMidword' .. name, handler, options or {})
  end
  command('Toggle', toggle, {
    nargs = '?',
    complete = function()
      return SCOPES
    end,
    desc = 'Turn Midword on or off: file, language or everywhere',
  })
  command('Status', status, { desc = 'Show what the server is doing' })
  command('Model', model, { nargs = '?', complete = 'dir', desc = 'Choose the model' })
  command('AddWord', with_word('midword.addWord'), {
    nargs = '?',
    bang = true,
    desc = 'Add a word to your dictionary; with ! to the project’s',
  })
  command('NeverSuggest', with_word('midword.neverSuggest'), {
    nargs = '?',
    bang = true,
    desc = 'Never suggest a word; with ! in this project',
  })
  command('Restart', function()
    require('midword.restart').restart()
  end, { desc = 'Stop the server and start it again' })
  command('Log', show_log, { desc = 'Open the log of Neovim’s language clients' })
end

return M
