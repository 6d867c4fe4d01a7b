-- :checkhealth midword

local M = {}
local health = vim.health

local WARM_WAIT_MS = 20000

local function check_editor()
  health.start('Midword: Neovim')
  if vim.fn.has('nvim-0.11') == 0 then
    health.error('Neovim 0.11 or newer is needed')
    return
  end
  health.ok('Neovim ' .. tostring(vim.version()))
  if vim.lsp.is_enabled and not vim.lsp.is_enabled('midword') then
    health.warn('not enabled', "put vim.lsp.enable('midword') into your init.lua")
  end
end

local function check_daemon()
  local command = require('midword.daemon').command
  local status = command('status', '--json')
  if not status then
    health.info('this Neovim has a server of its own: its command is not `midword connect`')
    return
  end
  if vim.system(command('connect', '--help')):wait().code ~= 0 then
    health.error('this midword is older than the plugin: it knows no `connect`', {
      'pip install --upgrade midword',
      ("or: vim.lsp.config('midword', { cmd = { '%s', 'serve', '--stdio' } })"):format(status[1]),
    })
    return
  end
  local answer = vim.system(status, { text = true }):wait()
  local is_json, daemon = pcall(vim.json.decode, answer.stdout)
  if is_json and daemon.running then
    local shared = 'windows that share the daemon: %d (its process is %d, with %.0f MB)'
    health.ok(shared:format(#daemon.windows, daemon.pid, daemon.memoryMegabytes))
  elseif is_json and require('midword').client() then
    health.warn('no daemon runs, so this Neovim has a server of its own', ':LspMidwordLog may say why')
  elseif is_json then
    health.ok('no daemon runs: the next window starts one')
  else
    health.error('`' .. table.concat(status, ' ') .. '` failed', vim.trim(answer.stderr))
  end
end

local function check_program()
  health.start('Midword: the server')
  local config = vim.lsp.config.midword
  local command = config and config.cmd
  if type(command) ~= 'table' then
    health.info('the command is a function of yours; it is not checked here')
    return
  end
  if vim.fn.executable(command[1]) == 0 then
    health.error(command[1] .. ' is not on the PATH', {
      'pip install midword, or pipx install midword',
      "or name it: vim.lsp.config('midword', { cmd = { '/path/to/midword', 'connect' } })",
    })
    return
  end
  health.ok('executable: ' .. vim.fn.exepath(command[1]))
  local version = vim.system({ command[1], '--version' }, { text = true }):wait()
  if version.code == 0 then
    health.ok('version: ' .. vim.trim(version.stdout))
  else
    health.error('`' .. command[1] .. ' --version` failed', vim.trim(version.stderr))
  end
  check_daemon()
end

local function check_running()
  health.start('Midword: at work')
  local client = require('midword').client()
  if not client then
    health.warn('no server is running', 'open a Markdown or text file, then run :checkhealth midword again')
    return
  end
  local request = { command = 'midword.status', arguments = { vim.empty_dict() } }
  local answer, problem = client:request_sync('workspace/executeCommand', request, WARM_WAIT_MS)
  local status = answer and answer.result
  if type(status) ~= 'table' then
    health.error('the server does not answer', problem or (answer and answer.err and answer.err.message))
    return
  end
  for number, line in ipairs(require('midword.report').lines(status)) do
    local say = number == 1 and status.state == 'degraded' and health.warn or health.ok
    say(line)
  end
  local filetypes = {}
  for buffer in pairs(client.attached_buffers) do
    filetypes[vim.bo[buffer].filetype] = true
  end
  local attached = vim.tbl_keys(filetypes)
  table.sort(attached)
  health.ok('attached filetypes: ' .. table.concat(attached, ', '))
end

local function check_completion()
  health.start('Midword: completion')
  local plugin = require('midword.completion').plugin()
  local advice = {
    ['blink.cmp'] = 'blink.cmp never asks at a space: with it, lists open from the first letter on',
    ['nvim-cmp'] = "nvim-cmp needs the source 'nvim_lsp' (hrsh7th/cmp-nvim-lsp)",
    ['mini.completion'] = 'mini.completion asks at every letter; nothing to set',
    ['coc.nvim'] = 'coc.nvim runs the server itself: see :help midword-coc',
  }
  if plugin then
    health.info(('%s shows the lists. %s'):format(plugin, advice[plugin]))
  elseif require('midword').options().autotrigger then
    health.ok("Neovim's own completion shows the lists while you type")
  else
    health.info('lists open with <C-x><C-o> only: autotrigger is off in vim.g.midword')
  end
  health.info('completeopt: ' .. vim.o.completeopt .. ' (menuone,noselect,popup in buffers of Midword)')
  if vim.lsp.inline_completion == nil then
    health.info('grey text needs Neovim 0.12')
  end
end

function M.check()
  check_editor()
  check_program()
  check_running()
  check_completion()
end

return M
