-- Lists of words through Neovim's own completion, with Enter, Tab and Undo left to the writer.

local M = {}

local function key(name)
  return vim.api.nvim_replace_termcodes(name, true, true, true)
end

-- Keys that put a list's word into the text.
local TAKES = {}
for _, name in ipairs({ '<C-n>', '<C-p>', '<Down>', '<Up>', '<C-y>' }) do
  TAKES[key(name)] = true
end

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

---Splits the undo history here, so that an accepted word is one step of its own.
local function split_undo()
  vim.bo.undolevels = vim.bo.undolevels -- ends the step, as :help undo-break says
  -- Insert mode keeps a line as it was when it was entered; an edit of nothing has it kept anew.
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  vim.api.nvim_buf_set_text(0, row, 0, row, 0, {})
end

---Removes what is left of the replaced word right of the cursor: Neovim 0.11 inserts an item at the
---cursor and leaves what its edit would replace beyond.
local function remove_rest(item)
  local letters = vim.tbl_get(item, 'data', 'replaceRight')
  if not letters or vim.fn.has('nvim-0.12') == 1 then
    return
  end
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local right = vim.api.nvim_get_current_line():sub(column + 1)
  local bytes = #vim.fn.strcharpart(right, 0, letters)
  vim.api.nvim_buf_set_text(0, row - 1, column, row - 1, column + bytes, {})
end

---@param client vim.lsp.Client
---@param buffer integer
function M.enable(client, buffer)
  local options = require('midword').options()
  if options.autotrigger and not M.plugin() then
    vim.lsp.completion.enable(true, client.id, buffer, { autotrigger = true })
    -- Nothing is chosen or inserted until the writer chooses it: Enter breaks the line.
    vim.bo[buffer].completeopt = 'menuone,noselect,popup'
    M.watch_undo(buffer)
  end
  if options.keys then
    M.map_keys(buffer)
  end
  if options.inline and vim.lsp.inline_completion then
    vim.lsp.inline_completion.enable(true, { bufnr = buffer })
  end
end

---Makes each accepted word one undo step in `buffer`, and whole.
---@param buffer integer
function M.watch_undo(buffer)
  local group = vim.api.nvim_create_augroup('midword_undo_' .. buffer, {})
  local namespace = vim.api.nvim_create_namespace('midword_undo')
  vim.on_key(function(pressed)
    local served = vim.fn.pumvisible() == 1 and vim.b.midword_undo
    if served and TAKES[pressed] and vim.fn.complete_info({ 'selected' }).selected == -1 then
      split_undo()
    end
  end, namespace)
  vim.b[buffer].midword_undo = true
  vim.api.nvim_create_autocmd('CompleteDone', {
    group = group,
    buffer = buffer,
    desc = 'End the undo step of an accepted word',
    callback = function()
      local item = vim.tbl_get(vim.v.completed_item, 'user_data', 'nvim', 'lsp', 'completion_item')
      if item and vim.v.event.reason == 'accept' then
        remove_rest(item)
        split_undo()
      end
    end,
  })
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
