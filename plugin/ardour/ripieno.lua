ardour {
	["type"] = "EditorAction",
	name = "ripieno: add the missing voices",
	license = "MIT",
	author = "ripieno",
	description = [[
Select a melody, a MIDI region, and run this: alto, tenor and bass come on tracks of their own.
Several regions may be selected; what voice a region is, the name of its track says (Soprano, Alto, Tenor, Bass), and a
track with another name is the soprano. `ripieno serve` must run on this computer.
]]
}

-- Ardour keeps this function alone, without what stands around it. So all is inside.
function factory () return function ()

	local COMMAND = "ripieno osc" -- with the folder of ripieno where Ardour does not find it
	local VOICES = { [0] = "Soprano", "Alto", "Tenor", "Bass" }
	local TICKS = 1920 -- of a quarter, in Ardour
	local TITLE = "ripieno"

	-- An error for the musician is a table, so that a fault of this script keeps its line.
	local function refuse (text) error ({ text = text }, 0) end

	-- The window: what is selected, what is asked, what is told. ---------------------------------------

	local function selected_regions ()
		local found = {}
		for region in Editor:get_selection ().regions:regionlist ():iter () do
			if not region:to_midiregion ():isnil () then found[#found + 1] = region end
		end
		if #found == 0 then refuse ("Select a MIDI region with a melody first.") end
		return found
	end

	local function ask_settings ()
		return LuaDialog.Dialog (TITLE, {
			{ type = "label", title = "One line, such as: key G major; seed 3; temperature 0.5. Empty is fine." },
			{ type = "entry", key = "settings", title = "Settings", default = "" },
		}):run ()
	end

	-- Ardour 7 leaves Undo grey after a script. To redo nothing wakes it up.
	local function allow_undo () Editor:redo (0) end

	local function tell (text)
		LuaDialog.Message (TITLE, text, LuaDialog.MessageType.Error, LuaDialog.ButtonType.Close):run ()
	end

	-- The session: positions are quarters on its timeline. ----------------------------------------------

	local function quarters (beats)
		local whole, ticks = beats:str ():match ("(-?%d+):(-?%d+)")
		return tonumber (whole) + tonumber (ticks) / TICKS
	end

	local function to_ticks (length) return math.floor (length * TICKS + 0.5) end

	local function track_of (region)
		for route in Session:get_tracks ():iter () do
			local track = route:to_track ()
			if not track:playlist ():region_by_id (region:to_stateful ():id ()):isnil () then return track end
		end
	end

	local function voice_of (region)
		local name = track_of (region):name ():lower ()
		for voice, title in pairs (VOICES) do
			if name:find (title:lower (), 1, true) then return voice end
		end
		return 0
	end

	-- The notes that are seen in a region: voice, pitch, start and duration in quarters, velocity.
	local function notes_of (region, map)
		local from = region:start ():ticks () / TICKS
		local to = from + region:length ():ticks () / TICKS
		local shift = quarters (map:quarters_at (region:position ())) - from
		local voice, notes = voice_of (region), {}
		for note in ARDOUR.LuaAPI.note_list (region:to_midiregion ():model ()):iter () do
			local start = quarters (note:time ())
			local stop = math.min (start + quarters (note:length ()), to)
			if start >= from and start < to then
				notes[#notes + 1] = { voice, note:note (), start + shift, stop - start, note:velocity () }
			end
		end
		return notes
	end

	-- The barline before all of the regions, and the meter, which must be one.
	local function barline_and_meter (regions, map)
		local first, last = regions[1]:position (), regions[1]:position ()
		for _, region in ipairs (regions) do
			if region:position () < first then first = region:position () end
			if last < region:position () + region:length () then last = region:position () + region:length () end
		end
		local function meter_at (position)
			local meter = map:meter_at (position)
			return string.format ("%d/%d", meter:divisions_per_bar (), meter:note_value ())
		end
		if meter_at (first) ~= meter_at (last) then
			refuse ("The time signature changes from " .. meter_at (first) .. " to " .. meter_at (last) ..
				" under the selected regions; split them there and do one part after the other.")
		end
		local bar = Temporal.BBT_TIME (map:bbt_at (first).bars, 1, 0)
		return quarters (map:quarters_at_bbt (bar)), meter_at (first)
	end

	-- ripieno: Lua has no sockets here, so the command talks to the server. -----------------------------

	local function write_file (path, text)
		local file = assert (io.open (path, "w"))
		file:write (text)
		file:close ()
	end

	local function take_file (path)
		local file = io.open (path, "r")
		local text = file and file:read ("a") or ""
		if file then file:close () end
		os.remove (path)
		return text
	end

	-- Send messages, a line each; returns the lines of the answer.
	local function ask (messages)
		local sent, came, wrong = os.tmpname (), os.tmpname (), os.tmpname ()
		write_file (sent, table.concat (messages, "\n") .. "\n")
		local done = os.execute (string.format ('%s < "%s" > "%s" 2> "%s"', COMMAND, sent, came, wrong))
		os.remove (sent)
		local answer, fault = take_file (came), take_file (wrong)
		if fault:find ("^ripieno: ") then refuse (fault:match ("^ripieno: (.-)%s*$")) end
		if not done or not answer:find ("done ", 1, true) then
			refuse ("The command " .. COMMAND .. " could not be run. Type `ripieno install-plugin ardour` in a terminal, " ..
				"and add this script to Ardour once more.\n\n" .. fault)
		end
		return answer
	end

	local function harmonize (notes, meter, settings, barline)
		local messages = { "set meter " .. meter }
		for setting in settings:gmatch ("[^;\n]+") do messages[#messages + 1] = "set " .. setting end
		for _, note in ipairs (notes) do
			local voice, pitch, start, duration, velocity = table.unpack (note)
			messages[#messages + 1] = string.format (
				"notes %d %d %.6f %.6f %d", voice, pitch, start - barline, duration, velocity)
		end
		messages[#messages + 1] = "harmonize " .. #notes
		local voices = {}
		for line in ask (messages):gmatch ("[^\n]+") do
			local numbers = line:match ("^result 1 (.*)")
			if numbers then
				for voice, pitch, start, duration in numbers:gmatch ("(%S+) (%S+) (%S+) (%S+) %S+") do
					voice = math.tointeger (tonumber (voice))
					voices[voice] = voices[voice] or {}
					table.insert (voices[voice], { math.tointeger (tonumber (pitch)), tonumber (start), tonumber (duration) })
				end
			elseif not line:find ("^progress") then
				print ("ripieno: " .. line) -- in Ardour's log: the seed, the key, remarks
			end
		end
		return voices
	end

	-- Tracks and regions of the new voices. -------------------------------------------------------------

	local function midi_track (name)
		for route in Session:get_tracks ():iter () do
			if route:name () == name and not route:to_track ():to_midi_track ():isnil () then return route:to_track () end
		end
	end

	local function new_track (name)
		local midi = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
		local synth = ARDOUR.LuaAPI.new_plugin_info ("http://gareus.org/oss/lv2/gmsynth", ARDOUR.PluginType.LV2)
		if synth:isnil () then
			synth = ARDOUR.LuaAPI.new_plugin_info ("https://community.ardour.org/node/7596", ARDOUR.PluginType.LV2)
		end
		local tracks = Session:new_midi_track (midi, midi, false, synth, nil, nil, 1, name,
			ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
		for track in tracks:iter () do return track:to_track () end
	end

	-- A region of these notes. Lua can make none but by copying one, whose notes are replaced. Ardour counts that
	-- as an undo step of its own, but of a region that is nowhere yet.
	local function region_of (voice, notes, pattern, velocity, length)
		local region = ARDOUR.RegionFactory.clone_region (pattern, true, true)
		local model = region:to_midiregion ():midi_source (0):model ()
		local change = model:new_note_diff_command (TITLE .. ": notes of the " .. VOICES[voice]:lower ())
		for note in ARDOUR.LuaAPI.note_list (model):iter () do change:remove (note) end
		for _, note in ipairs (notes) do
			local pitch, start, duration = table.unpack (note)
			change:add (ARDOUR.LuaAPI.new_noteptr (0, Temporal.Beats.ticks (to_ticks (start)),
				Temporal.Beats.ticks (to_ticks (duration)), pitch, velocity))
		end
		model:apply_diff_command_as_commit (Session, change)
		region:set_name (VOICES[voice])
		region:set_start (Temporal.timepos_t.from_ticks (0))
		region:set_length (length)
		return region
	end

	-- Put the regions of all voices in place, in one step: one Undo takes them all away again.
	local function place (regions, tracks, position)
		Session:begin_reversible_command (TITLE)
		local good, fault = pcall (function ()
			for voice, region in pairs (regions) do
				local playlist = tracks[voice]:playlist ()
				playlist:to_stateful ():clear_changes ()
				playlist:add_region (region, position, 1, false)
				Session:add_stateful_diff_command (playlist:to_statefuldestructible ())
			end
		end)
		if not good then
			Session:abort_reversible_command ()
			error (fault, 0)
		end
		Session:commit_reversible_command (nil)
	end

	local function write (voices, pattern, barline, velocity)
		local last = 0
		for _, notes in pairs (voices) do
			for _, note in ipairs (notes) do last = math.max (last, note[2] + note[3]) end
		end
		local position = Temporal.timepos_t.from_ticks (to_ticks (barline))
		local length = Temporal.timecnt_t.from_ticks (to_ticks (last), position)
		local tracks, regions = {}, {}
		for voice in pairs (voices) do
			tracks[voice] = midi_track (VOICES[voice])
			if tracks[voice] and tracks[voice]:playlist ():regions_touched (position, position + length):size () > 0 then
				refuse ("There is a region on the track " .. VOICES[voice] .. " already; move it away first.")
			end
		end
		for voice = 0, 3 do -- in this order, so that the alto's track is above the tenor's
			if voices[voice] then
				tracks[voice] = tracks[voice] or new_track (VOICES[voice])
				regions[voice] = region_of (voice, voices[voice], pattern, velocity, length)
			end
		end
		place (regions, tracks, position)
	end

	local function run ()
		local regions = selected_regions ()
		local chosen = ask_settings ()
		if not chosen then return end
		local map = Temporal.TempoMap.read ()
		local barline, meter = barline_and_meter (regions, map)
		local notes, loudness = {}, 0
		for _, region in ipairs (regions) do
			for _, note in ipairs (notes_of (region, map)) do
				notes[#notes + 1] = note
				loudness = loudness + note[5]
			end
		end
		if #notes == 0 then refuse ("There are no notes in the selected region.") end
		local voices = harmonize (notes, meter, chosen["settings"], barline)
		write (voices, regions[1], barline, math.floor (loudness / #notes + 0.5))
		allow_undo ()
	end

	local good, fault = pcall (run)
	if not good and type (fault) == "table" then
		tell (fault.text)
	elseif not good then
		tell ("This should not happen: " .. tostring (fault))
	end
end end
