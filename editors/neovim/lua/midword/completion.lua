-- Who shows the lists of words, with Enter and Tab left to the writer.

local M = {}

---The completion plugin that is loaded, if any: it then shows the lists.
---@return string?
function M.plugin()
  local modules = { ['blink.cmp'] = 'blink.cmp', cmp = 'nvim-cmp', ['mini.completion'] = 'mini.completion' }
  for module, name in pairs(modules) do
    if package.loaded[module] then
      return name
    end
  end
  return vim.g.did_coc_loaded and 'coc.nvim' or nil
end

---Has Neovim's own completion show the lists, or leaves them to a plugin.
---@param client vim.lsp.Client
---@param buffer integer
local function share(client, buffer)
  local is_ours = not M.plugin()
  vim.lsp.completion.enable(is_ours, client.id, buffer, { autotrigger = true })
  if is_ours then
    -- Nothing is chosen or inserted until the writer chooses it: Enter breaks the line.
    vim.bo[buffer].completeopt = 'menuone,noselect,popup'
  end
end

---Has a plugin see the server, which may come in the midst of insert mode.
local function announce()
  if package.loaded.cmp_nvim_lsp then -- looks for servers when insert mode begins
    vim.api.nvim_exec_autocmds('InsertEnter', { group = 'cmp_nvim_lsp' })
  end
  if package.loaded['blink.cmp'] then -- goes on with the servers that it asked when the word began
    local is_known, trigger = pcall(require, 'blink.cmp.completion.trigger')
    if is_known and trigger.hide then
      trigger.hide()
    end
  end
end

---@param client vim.lsp.Client
---@param buffer integer
function M.enable(client, buffer)
  local options = require('midword').options()
  announce()
  if options.autotrigger then
    share(client, buffer)
    vim.api.nvim_create_autocmd('InsertEnter', {
      group = vim.api.nvim_create_augroup('midword_lists_' .. buffer, {}),
      buffer = buffer,
      desc = 'Leave the lists to a plugin that was loaded late',
      callback = vim.schedule_wrap(function()
        if M.plugin() and vim.api.nvim_buf_is_valid(buffer) then
          share(client, buffer)
        end
      end),
    })
  end
  require('midword.accepted').watch(buffer) -- after Neovim's own, which may have more to do
  if options.keys then
    M.map_keys(buffer)
  end
  if options.inline and vim.lsp.inline_completion then
    vim.lsp.inline_completion.enable(true, { bufnr = buffer })
  end
end

---Maps <Tab> in insert mode: with a list open it takes the chosen word, or the first.
---@param buffer integer
function M.map_keys(buffer)
  vim.keymap.set('i', '<Tab>', function()
    if vim.fn.pumvisible() == 0 then
      return '<Tab>'
    end
    return vim.fn.complete_info({ 'selected' }).selected == -1 and '<C-n><C-y>' or '<C-y>'
  end, { buffer = buffer, expr = true, desc = 'Midword: take the word' })
end

return M
