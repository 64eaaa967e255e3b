-- A new session with a MIDI track, for ardour7-lua. Arguments: its folder, its name.
local folder, name = table.unpack (arg)
AudioEngine:stop ()
AudioEngine:set_backend ("None (Dummy)", "", ""):set_sample_rate (48000)
create_session (folder, name, 48000)
local midi = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
Session:new_midi_track (midi, midi, true, ARDOUR.PluginInfo (), nil, nil, 1, "Melody",
	ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
Session:save_state ("")
close_session ()
