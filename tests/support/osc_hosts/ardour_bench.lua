-- Runs the action in a session without a window, for ardour7-lua. The editor's selection and the dialogs are the
-- bench's; all else is Ardour's. Arguments: the session's folder, its name, the action's file, and the file for what is
-- printed, since Ardour writes into its standard output from other threads.
local folder, name, action_file, printed = table.unpack (arg)
local out = io.open (printed, "w")
function print (...) out:write (table.concat ({ ... }, " "), "\n") end
AudioEngine:stop ()
AudioEngine:set_backend ("None (Dummy)", "", ""):set_sample_rate (48000)
load_session (folder, name)

function ardour () end
dofile (action_file)
-- As Ardour keeps it: the function alone, as bytes, without what stands around it.
local action = load (string.dump (factory, true), nil, nil, _ENV) ()

local selected, settings
Editor = {
	get_selection = function ()
		return { regions = { regionlist = function () return selected end } }
	end,
	redo = function () end,
}
LuaDialog = {
	MessageType = {},
	ButtonType = {},
	Dialog = function ()
		return { run = function () return { settings = settings } end }
	end,
	Message = function (_, text)
		return { run = function () print ("TOLD " .. text) end }
	end,
}

local function run (title, regions, said)
	print ("RUN " .. title)
	selected, settings = regions, said
	action ()
end

local function at (quarters) return Temporal.timepos_t.from_ticks (math.floor (1920 * quarters)) end

local playlist = Session:route_by_name ("Melody"):to_track ():playlist ()
local melody
for region in playlist:region_list ():iter () do melody = region end
local only_melody = playlist:region_list ()

run ("nothing selected", ARDOUR.RegionListPtr (), "")
run ("a wrong setting", only_melody, "seed 3; beam 99")
run ("the melody", only_melody, "seed 3; key G major")
run ("once more", only_melody, "seed 3")

-- A copy in the third measure, without its first note; so its first half is the end of a measure.
playlist:add_region (ARDOUR.RegionFactory.clone_region (melody, true, false), at (8), 1, false)
local later = playlist:top_region_at (at (8))
later:trim_front (at (9))
local two = ARDOUR.RegionListPtr ()
two:push_back (later)
run ("a trimmed region", two, "seed 4")

Session:save_state ("")
close_session ()
out:close ()
