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

---@param client vim.lsp.Client
---@param buffer integer
function M.enable(client, buffer)
  local options = require('midword').options()
  if options.autotrigger and not M.plugin() then
    vim.lsp.completion.enable(true, client.id, buffer, { autotrigger = true })
    -- Nothing is chosen or inserted until the writer chooses it: Enter breaks the line.
    vim.bo[buffer].completeopt = 'menuone,noselect,popup'
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
