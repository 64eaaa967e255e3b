{
  "patcher": {
    "fileversion": 1,
    "appversion": {
      "major": 8,
      "minor": 5,
      "revision": 5,
      "architecture": "x64",
      "modernui": 1
    },
    "classnamespace": "box",
    "rect": [60.0, 90.0, 1300.0, 780.0],
    "openinpresentation": 1,
    "default_fontsize": 12.0,
    "default_fontface": 0,
    "default_fontname": "Arial",
    "gridonopen": 1,
    "gridsize": [5.0, 5.0],
    "gridsnaponopen": 1,
    "objectsnaponopen": 1,
    "statusbarvisible": 2,
    "toolbarvisible": 1,
    "boxanimatetime": 200,
    "enablehscroll": 1,
    "enablevscroll": 1,
    "devicewidth": 460.0,
    "description": "Fills in the missing voices of a clip: harmonize, continue, compose, vary.",
    "digest": "ripieno",
    "tags": "harmony, choir, generative",
    "style": "",
    "boxes": [
      {
        "box": {
          "id": "obj-100",
          "maxclass": "comment",
          "text": "ripieno: fills in the missing voices of the clip in Live's detail view. Needs `ripieno serve`, and the .js files in this folder.",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [20.0, 15.0, 760.0, 20.0],
          "fontface": 1
        }
      },
      {
        "box": {
          "id": "obj-101",
          "maxclass": "comment",
          "text": "MIDI passes unchanged",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [20.0, 50.0, 150.0, 20.0]
        }
      },
      {
        "box": {
          "id": "obj-102",
          "maxclass": "newobj",
          "text": "midiin",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": ["int"],
          "patching_rect": [20.0, 75.0, 50.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-103",
          "maxclass": "newobj",
          "text": "midiout",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [20.0, 115.0, 55.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-110",
          "maxclass": "comment",
          "text": "When Live is ready, each control sends its value, then the script begins",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [190.0, 50.0, 460.0, 20.0]
        }
      },
      {
        "box": {
          "id": "obj-111",
          "maxclass": "newobj",
          "text": "live.thisdevice",
          "numinlets": 1,
          "numoutlets": 3,
          "outlettype": ["bang", "int", "int"],
          "patching_rect": [190.0, 75.0, 95.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-112",
          "maxclass": "newobj",
          "text": "t b b",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["bang", "bang"],
          "patching_rect": [190.0, 110.0, 40.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-113",
          "maxclass": "message",
          "text": "outputvalue",
          "numinlets": 2,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [300.0, 145.0, 80.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-114",
          "maxclass": "newobj",
          "text": "deferlow",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [190.0, 145.0, 60.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-120",
          "maxclass": "comment",
          "text": "The script: its first lines list what goes in and out",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [460.0, 500.0, 320.0, 20.0]
        }
      },
      {
        "box": {
          "id": "obj-121",
          "maxclass": "newobj",
          "text": "js ripieno.js",
          "numinlets": 1,
          "numoutlets": 3,
          "outlettype": ["", "", ""],
          "patching_rect": [240.0, 500.0, 200.0, 22.0],
          "saved_object_attributes": {
            "filename": "ripieno.js",
            "parameter_enable": 0
          }
        }
      },
      {
        "box": {
          "id": "obj-130",
          "maxclass": "comment",
          "text": "From ripieno. The script tries ports until it gets a pong on one",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [20.0, 170.0, 180.0, 34.0]
        }
      },
      {
        "box": {
          "id": "obj-131",
          "maxclass": "newobj",
          "text": "udpsend 127.0.0.1 7400",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [20.0, 560.0, 160.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-135",
          "maxclass": "comment",
          "text": "To ripieno",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [20.0, 540.0, 100.0, 20.0]
        }
      },
      {
        "box": {
          "id": "obj-132",
          "maxclass": "newobj",
          "text": "udpreceive 7420 @quiet 1",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [20.0, 215.0, 160.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-133",
          "maxclass": "newobj",
          "text": "deferlow",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [20.0, 245.0, 60.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-134",
          "maxclass": "newobj",
          "text": "prepend reply",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [20.0, 275.0, 90.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-200",
          "maxclass": "comment",
          "text": "Settings: kept in the Set, not automated",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [240.0, 185.0, 280.0, 20.0]
        }
      },
      {
        "box": {
          "id": "obj-210",
          "maxclass": "live.comment",
          "text": "Model",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [240.0, 215.0, 46.0, 18.0],
          "presentation": 1,
          "presentation_rect": [8.0, 32.0, 46.0, 18.0],
          "textjustification": 0,
          "fontsize": 9.5
        }
      },
      {
        "box": {
          "id": "obj-211",
          "maxclass": "live.menu",
          "numinlets": 1,
          "numoutlets": 3,
          "outlettype": ["", "", "float"],
          "patching_rect": [290.0, 216.0, 98.0, 15.0],
          "presentation": 1,
          "presentation_rect": [56.0, 33.0, 98.0, 15.0],
          "parameter_enable": 1,
          "varname": "Model",
          "annotation_name": "Model",
          "annotation": "Who composes. default is the server's own choice; models that you trained are listed as soon as ripieno runs.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Model",
              "parameter_shortname": "Model",
              "parameter_type": 2,
              "parameter_invisible": 1,
              "parameter_order": 0,
              "parameter_linknames": 1,
              "parameter_enum": ["default", "lstm-chorales", "bachbot-chorales", "rbm-chorales", "rbm-blues", "dbn-chorales", "dbn-ragtime", "lstm-ragtime", "lstm-blues"],
              "parameter_mmax": 6,
              "parameter_initial_enable": 1,
              "parameter_initial": [0]
            }
          }
        }
      },
      {
        "box": {
          "id": "obj-212",
          "maxclass": "newobj",
          "text": "prepend setting model",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [240.0, 243.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-220",
          "maxclass": "live.comment",
          "text": "Clip is",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [420.0, 215.0, 46.0, 18.0],
          "presentation": 1,
          "presentation_rect": [8.0, 52.0, 46.0, 18.0],
          "textjustification": 0,
          "fontsize": 9.5
        }
      },
      {
        "box": {
          "id": "obj-221",
          "maxclass": "live.menu",
          "numinlets": 1,
          "numoutlets": 3,
          "outlettype": ["", "", "float"],
          "patching_rect": [470.0, 216.0, 98.0, 15.0],
          "presentation": 1,
          "presentation_rect": [56.0, 53.0, 98.0, 15.0],
          "parameter_enable": 1,
          "varname": "Clip is",
          "annotation_name": "Clip is",
          "annotation": "Which voice your clip is. A clip on a track of ripieno's own is always that track's voice.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Clip is",
              "parameter_shortname": "Clip is",
              "parameter_type": 2,
              "parameter_invisible": 1,
              "parameter_order": 1,
              "parameter_linknames": 1,
              "parameter_enum": ["Soprano", "Alto", "Tenor", "Bass"],
              "parameter_mmax": 3,
              "parameter_initial_enable": 1,
              "parameter_initial": [0]
            }
          }
        }
      },
      {
        "box": {
          "id": "obj-222",
          "maxclass": "newobj",
          "text": "prepend setting voice",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [420.0, 243.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-230",
          "maxclass": "live.comment",
          "text": "For",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [600.0, 215.0, 46.0, 18.0],
          "presentation": 1,
          "presentation_rect": [8.0, 72.0, 46.0, 18.0],
          "textjustification": 0,
          "fontsize": 9.5
        }
      },
      {
        "box": {
          "id": "obj-231",
          "maxclass": "live.menu",
          "numinlets": 1,
          "numoutlets": 3,
          "outlettype": ["", "", "float"],
          "patching_rect": [650.0, 216.0, 98.0, 15.0],
          "presentation": 1,
          "presentation_rect": [56.0, 73.0, 98.0, 15.0],
          "parameter_enable": 1,
          "varname": "Performers",
          "annotation_name": "Performers",
          "annotation": "A choir of four voices, or a pianist's two hands.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Performers",
              "parameter_shortname": "For",
              "parameter_type": 2,
              "parameter_invisible": 1,
              "parameter_order": 2,
              "parameter_linknames": 1,
              "parameter_enum": ["Choir", "Piano"],
              "parameter_mmax": 1,
              "parameter_initial_enable": 1,
              "parameter_initial": [0]
            }
          }
        }
      },
      {
        "box": {
          "id": "obj-232",
          "maxclass": "newobj",
          "text": "prepend setting performers",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [600.0, 243.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-240",
          "maxclass": "live.comment",
          "text": "Bars",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [780.0, 215.0, 46.0, 18.0],
          "presentation": 1,
          "presentation_rect": [8.0, 92.0, 46.0, 18.0],
          "textjustification": 0,
          "fontsize": 9.5
        }
      },
      {
        "box": {
          "id": "obj-241",
          "maxclass": "live.numbox",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", "float"],
          "patching_rect": [830.0, 216.0, 44.0, 15.0],
          "presentation": 1,
          "presentation_rect": [56.0, 93.0, 44.0, 15.0],
          "parameter_enable": 1,
          "varname": "Bars",
          "annotation_name": "Bars",
          "annotation": "How many measures Compose writes and Continue adds.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Bars",
              "parameter_shortname": "Bars",
              "parameter_type": 0,
              "parameter_invisible": 1,
              "parameter_order": 3,
              "parameter_linknames": 1,
              "parameter_mmin": 1.0,
              "parameter_mmax": 512.0,
              "parameter_initial_enable": 1,
              "parameter_initial": [4],
              "parameter_unitstyle": 0
            }
          }
        }
      },
      {
        "box": {
          "id": "obj-242",
          "maxclass": "newobj",
          "text": "prepend setting bars",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [780.0, 243.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-250",
          "maxclass": "live.comment",
          "text": "Versions",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [240.0, 300.0, 72.0, 18.0],
          "presentation": 1,
          "presentation_rect": [162.0, 32.0, 72.0, 18.0],
          "textjustification": 0,
          "fontsize": 9.5
        }
      },
      {
        "box": {
          "id": "obj-251",
          "maxclass": "live.numbox",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", "float"],
          "patching_rect": [316.0, 301.0, 44.0, 15.0],
          "presentation": 1,
          "presentation_rect": [236.0, 33.0, 44.0, 15.0],
          "parameter_enable": 1,
          "varname": "Versions",
          "annotation_name": "Versions",
          "annotation": "How many versions to make. Next shows them one after the other.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Versions",
              "parameter_shortname": "Versions",
              "parameter_type": 1,
              "parameter_invisible": 1,
              "parameter_order": 4,
              "parameter_linknames": 1,
              "parameter_mmin": 1.0,
              "parameter_mmax": 16.0,
              "parameter_initial_enable": 1,
              "parameter_initial": [3],
              "parameter_unitstyle": 0
            }
          }
        }
      },
      {
        "box": {
          "id": "obj-252",
          "maxclass": "newobj",
          "text": "prepend setting alternatives",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [240.0, 328.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-260",
          "maxclass": "live.comment",
          "text": "Temperature",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [420.0, 300.0, 72.0, 18.0],
          "presentation": 1,
          "presentation_rect": [162.0, 52.0, 72.0, 18.0],
          "textjustification": 0,
          "fontsize": 9.5
        }
      },
      {
        "box": {
          "id": "obj-261",
          "maxclass": "live.numbox",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", "float"],
          "patching_rect": [496.0, 301.0, 44.0, 15.0],
          "presentation": 1,
          "presentation_rect": [236.0, 53.0, 44.0, 15.0],
          "parameter_enable": 1,
          "varname": "Temperature",
          "annotation_name": "Temperature",
          "annotation": "0 is strict, 1 is free. Counts only while the button beside it says own.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Temperature",
              "parameter_shortname": "Temperature",
              "parameter_type": 0,
              "parameter_invisible": 1,
              "parameter_order": 5,
              "parameter_linknames": 1,
              "parameter_mmin": 0.0,
              "parameter_mmax": 2.0,
              "parameter_initial_enable": 1,
              "parameter_initial": [0.5],
              "parameter_unitstyle": 1
            }
          }
        }
      },
      {
        "box": {
          "id": "obj-262",
          "maxclass": "newobj",
          "text": "prepend setting temperature",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [420.0, 328.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-271",
          "maxclass": "live.text",
          "text": "auto",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [600.0, 301.0, 36.0, 15.0],
          "presentation": 1,
          "presentation_rect": [284.0, 53.0, 36.0, 15.0],
          "parameter_enable": 1,
          "varname": "Own temperature",
          "annotation_name": "Own temperature",
          "annotation": "auto: the temperature that suits the task. own: the number beside the button.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Own temperature",
              "parameter_shortname": "Own temperature",
              "parameter_type": 2,
              "parameter_invisible": 1,
              "parameter_order": 6,
              "parameter_linknames": 1,
              "parameter_enum": ["auto", "own"],
              "parameter_mmax": 1,
              "parameter_initial_enable": 1,
              "parameter_initial": [0]
            }
          },
          "mode": 1,
          "texton": "own",
          "fontsize": 9.0
        }
      },
      {
        "box": {
          "id": "obj-272",
          "maxclass": "newobj",
          "text": "prepend setting temperature_on",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [600.0, 328.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-280",
          "maxclass": "live.comment",
          "text": "Seed",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [780.0, 300.0, 72.0, 18.0],
          "presentation": 1,
          "presentation_rect": [162.0, 72.0, 72.0, 18.0],
          "textjustification": 0,
          "fontsize": 9.5
        }
      },
      {
        "box": {
          "id": "obj-281",
          "maxclass": "live.numbox",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", "float"],
          "patching_rect": [856.0, 301.0, 44.0, 15.0],
          "presentation": 1,
          "presentation_rect": [236.0, 73.0, 44.0, 15.0],
          "parameter_enable": 1,
          "varname": "Seed",
          "annotation_name": "Seed",
          "annotation": "The same seed makes the same notes again. A new one is drawn at each press, unless it is held.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Seed",
              "parameter_shortname": "Seed",
              "parameter_type": 0,
              "parameter_invisible": 1,
              "parameter_order": 7,
              "parameter_linknames": 1,
              "parameter_mmin": 0.0,
              "parameter_mmax": 9999.0,
              "parameter_initial_enable": 1,
              "parameter_initial": [0],
              "parameter_unitstyle": 0
            }
          }
        }
      },
      {
        "box": {
          "id": "obj-282",
          "maxclass": "newobj",
          "text": "prepend setting seed",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [780.0, 328.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-291",
          "maxclass": "live.text",
          "text": "new",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [960.0, 301.0, 36.0, 15.0],
          "presentation": 1,
          "presentation_rect": [284.0, 73.0, 36.0, 15.0],
          "parameter_enable": 1,
          "varname": "Hold seed",
          "annotation_name": "Hold seed",
          "annotation": "new: each press draws another seed. hold: the number stays.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Hold seed",
              "parameter_shortname": "Hold seed",
              "parameter_type": 2,
              "parameter_invisible": 1,
              "parameter_order": 8,
              "parameter_linknames": 1,
              "parameter_enum": ["new", "hold"],
              "parameter_mmax": 1,
              "parameter_initial_enable": 1,
              "parameter_initial": [0]
            }
          },
          "mode": 1,
          "texton": "hold",
          "fontsize": 9.0
        }
      },
      {
        "box": {
          "id": "obj-292",
          "maxclass": "newobj",
          "text": "prepend setting seed_held",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [960.0, 328.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-300",
          "maxclass": "live.comment",
          "text": "Vary by",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [960.0, 215.0, 72.0, 18.0],
          "presentation": 1,
          "presentation_rect": [162.0, 92.0, 72.0, 18.0],
          "textjustification": 0,
          "fontsize": 9.5
        }
      },
      {
        "box": {
          "id": "obj-301",
          "maxclass": "live.numbox",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", "float"],
          "patching_rect": [1036.0, 216.0, 44.0, 15.0],
          "presentation": 1,
          "presentation_rect": [236.0, 93.0, 44.0, 15.0],
          "parameter_enable": 1,
          "varname": "Vary by",
          "annotation_name": "Vary by",
          "annotation": "How much of the clip Vary may change.",
          "saved_attribute_attributes": {
            "valueof": {
              "parameter_longname": "Vary by",
              "parameter_shortname": "Vary by",
              "parameter_type": 0,
              "parameter_invisible": 1,
              "parameter_order": 9,
              "parameter_linknames": 1,
              "parameter_mmin": 0.0,
              "parameter_mmax": 100.0,
              "parameter_initial_enable": 1,
              "parameter_initial": [30],
              "parameter_unitstyle": 5
            }
          }
        }
      },
      {
        "box": {
          "id": "obj-302",
          "maxclass": "newobj",
          "text": "prepend setting amount",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [960.0, 243.0, 165.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-400",
          "maxclass": "comment",
          "text": "Buttons",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [240.0, 385.0, 100.0, 20.0]
        }
      },
      {
        "box": {
          "id": "obj-401",
          "maxclass": "live.text",
          "text": "Ping",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [240.0, 408.0, 80.0, 18.0],
          "presentation": 1,
          "presentation_rect": [104.0, 6.0, 50.0, 17.0],
          "mode": 0,
          "texton": "Ping",
          "fontsize": 9.5,
          "parameter_enable": 0,
          "annotation_name": "Ping",
          "annotation": "Look whether ripieno runs."
        }
      },
      {
        "box": {
          "id": "obj-402",
          "maxclass": "message",
          "text": "press ping",
          "numinlets": 2,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [240.0, 435.0, 105.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-403",
          "maxclass": "live.text",
          "text": "Harmonize",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [352.0, 408.0, 80.0, 18.0],
          "presentation": 1,
          "presentation_rect": [332.0, 6.0, 120.0, 22.0],
          "mode": 0,
          "texton": "Harmonize",
          "fontsize": 11.0,
          "parameter_enable": 0,
          "annotation_name": "Harmonize",
          "annotation": "Write the other voices to the clip in the detail view, each into a clip of its own beside it."
        }
      },
      {
        "box": {
          "id": "obj-404",
          "maxclass": "message",
          "text": "press harmonize",
          "numinlets": 2,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [352.0, 435.0, 105.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-405",
          "maxclass": "live.text",
          "text": "Continue",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [464.0, 408.0, 80.0, 18.0],
          "presentation": 1,
          "presentation_rect": [332.0, 32.0, 58.0, 18.0],
          "mode": 0,
          "texton": "Continue",
          "fontsize": 9.5,
          "parameter_enable": 0,
          "annotation_name": "Continue",
          "annotation": "Go on after the clip: a new clip that begins with its notes."
        }
      },
      {
        "box": {
          "id": "obj-406",
          "maxclass": "message",
          "text": "press continue",
          "numinlets": 2,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [464.0, 435.0, 105.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-407",
          "maxclass": "live.text",
          "text": "Compose",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [576.0, 408.0, 80.0, 18.0],
          "presentation": 1,
          "presentation_rect": [394.0, 32.0, 58.0, 18.0],
          "mode": 0,
          "texton": "Compose",
          "fontsize": 9.5,
          "parameter_enable": 0,
          "annotation_name": "Compose",
          "annotation": "Write a new piece into the selected scene."
        }
      },
      {
        "box": {
          "id": "obj-408",
          "maxclass": "message",
          "text": "press compose",
          "numinlets": 2,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [576.0, 435.0, 105.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-409",
          "maxclass": "live.text",
          "text": "Vary",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [688.0, 408.0, 80.0, 18.0],
          "presentation": 1,
          "presentation_rect": [332.0, 54.0, 58.0, 18.0],
          "mode": 0,
          "texton": "Vary",
          "fontsize": 9.5,
          "parameter_enable": 0,
          "annotation_name": "Vary",
          "annotation": "The clip, changed a little, in a new clip beside it."
        }
      },
      {
        "box": {
          "id": "obj-410",
          "maxclass": "message",
          "text": "press vary",
          "numinlets": 2,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [688.0, 435.0, 105.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-411",
          "maxclass": "live.text",
          "text": "Cancel",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [800.0, 408.0, 80.0, 18.0],
          "presentation": 1,
          "presentation_rect": [394.0, 54.0, 58.0, 18.0],
          "mode": 0,
          "texton": "Cancel",
          "fontsize": 9.5,
          "parameter_enable": 0,
          "annotation_name": "Cancel",
          "annotation": "Stop what ripieno is working on."
        }
      },
      {
        "box": {
          "id": "obj-412",
          "maxclass": "message",
          "text": "press cancel",
          "numinlets": 2,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [800.0, 435.0, 105.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-413",
          "maxclass": "live.text",
          "text": "Keep",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [912.0, 408.0, 80.0, 18.0],
          "presentation": 1,
          "presentation_rect": [332.0, 88.0, 58.0, 18.0],
          "mode": 0,
          "texton": "Keep",
          "fontsize": 9.5,
          "parameter_enable": 0,
          "annotation_name": "Keep",
          "annotation": "These clips become yours: ripieno will not replace them any more without asking."
        }
      },
      {
        "box": {
          "id": "obj-414",
          "maxclass": "message",
          "text": "press keep",
          "numinlets": 2,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [912.0, 435.0, 105.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-415",
          "maxclass": "live.text",
          "text": "Next",
          "numinlets": 1,
          "numoutlets": 2,
          "outlettype": ["", ""],
          "patching_rect": [1024.0, 408.0, 80.0, 18.0],
          "presentation": 1,
          "presentation_rect": [394.0, 88.0, 58.0, 18.0],
          "mode": 0,
          "texton": "Next",
          "fontsize": 9.5,
          "parameter_enable": 0,
          "annotation_name": "Next",
          "annotation": "Put the next version in place."
        }
      },
      {
        "box": {
          "id": "obj-416",
          "maxclass": "message",
          "text": "press next",
          "numinlets": 2,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [1024.0, 435.0, 105.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-500",
          "maxclass": "comment",
          "text": "The display",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [420.0, 540.0, 120.0, 20.0]
        }
      },
      {
        "box": {
          "id": "obj-501",
          "maxclass": "newobj",
          "text": "route status light seed models",
          "numinlets": 5,
          "numoutlets": 5,
          "outlettype": ["", "", "", "", ""],
          "patching_rect": [420.0, 560.0, 300.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-502",
          "maxclass": "newobj",
          "text": "prepend set",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [420.0, 595.0, 75.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-503",
          "maxclass": "newobj",
          "text": "prepend bgfillcolor",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [505.0, 595.0, 120.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-504",
          "maxclass": "newobj",
          "text": "prepend set",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [640.0, 595.0, 75.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-505",
          "maxclass": "newobj",
          "text": "prepend _parameter_range",
          "numinlets": 1,
          "numoutlets": 1,
          "outlettype": [""],
          "patching_rect": [730.0, 595.0, 160.0, 22.0]
        }
      },
      {
        "box": {
          "id": "obj-506",
          "maxclass": "panel",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [420.0, 690.0, 448.0, 47.0],
          "presentation": 1,
          "presentation_rect": [6.0, 116.0, 448.0, 47.0],
          "mode": 0,
          "angle": 270.0,
          "proportion": 0.5,
          "rounded": 4,
          "background": 1,
          "bgcolor": [0.16, 0.16, 0.16, 1.0],
          "saved_attribute_attributes": {
            "bgfillcolor": {
              "expression": "themecolor.live_lcd_bg"
            }
          }
        }
      },
      {
        "box": {
          "id": "obj-507",
          "maxclass": "comment",
          "text": "Waiting for Live ...",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [420.0, 640.0, 440.0, 43.0],
          "presentation": 1,
          "presentation_rect": [10.0, 118.0, 440.0, 43.0],
          "fontname": "Ableton Sans Medium",
          "fontsize": 10.0,
          "textcolor": [0.81, 0.81, 0.81, 1.0],
          "saved_attribute_attributes": {
            "textcolor": {
              "expression": "themecolor.live_lcd_title"
            }
          },
          "varname": "status"
        }
      },
      {
        "box": {
          "id": "obj-508",
          "maxclass": "panel",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [880.0, 645.0, 11.0, 11.0],
          "presentation": 1,
          "presentation_rect": [10.0, 9.0, 11.0, 11.0],
          "mode": 0,
          "angle": 270.0,
          "proportion": 0.5,
          "rounded": 11,
          "bgcolor": [0.45, 0.45, 0.45, 1.0],
          "varname": "light"
        }
      },
      {
        "box": {
          "id": "obj-509",
          "maxclass": "live.comment",
          "text": "ripieno",
          "numinlets": 1,
          "numoutlets": 0,
          "patching_rect": [880.0, 665.0, 70.0, 20.0],
          "presentation": 1,
          "presentation_rect": [25.0, 5.0, 70.0, 20.0],
          "fontsize": 12.0,
          "fontface": 1,
          "textjustification": 0
        }
      }
    ],
    "lines": [
      {"patchline": {"source": ["obj-102", 0], "destination": ["obj-103", 0]}},
      {"patchline": {"source": ["obj-111", 0], "destination": ["obj-112", 0]}},
      {"patchline": {"source": ["obj-112", 1], "destination": ["obj-113", 0]}},
      {"patchline": {"source": ["obj-112", 0], "destination": ["obj-114", 0]}},
      {"patchline": {"source": ["obj-114", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-132", 0], "destination": ["obj-133", 0]}},
      {"patchline": {"source": ["obj-133", 0], "destination": ["obj-134", 0]}},
      {"patchline": {"source": ["obj-134", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-121", 0], "destination": ["obj-131", 0]}},
      {"patchline": {"source": ["obj-121", 1], "destination": ["obj-132", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-211", 0]}},
      {"patchline": {"source": ["obj-211", 1], "destination": ["obj-212", 0]}},
      {"patchline": {"source": ["obj-212", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-221", 0]}},
      {"patchline": {"source": ["obj-221", 1], "destination": ["obj-222", 0]}},
      {"patchline": {"source": ["obj-222", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-231", 0]}},
      {"patchline": {"source": ["obj-231", 1], "destination": ["obj-232", 0]}},
      {"patchline": {"source": ["obj-232", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-241", 0]}},
      {"patchline": {"source": ["obj-241", 0], "destination": ["obj-242", 0]}},
      {"patchline": {"source": ["obj-242", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-251", 0]}},
      {"patchline": {"source": ["obj-251", 0], "destination": ["obj-252", 0]}},
      {"patchline": {"source": ["obj-252", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-261", 0]}},
      {"patchline": {"source": ["obj-261", 0], "destination": ["obj-262", 0]}},
      {"patchline": {"source": ["obj-262", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-271", 0]}},
      {"patchline": {"source": ["obj-271", 0], "destination": ["obj-272", 0]}},
      {"patchline": {"source": ["obj-272", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-281", 0]}},
      {"patchline": {"source": ["obj-281", 0], "destination": ["obj-282", 0]}},
      {"patchline": {"source": ["obj-282", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-291", 0]}},
      {"patchline": {"source": ["obj-291", 0], "destination": ["obj-292", 0]}},
      {"patchline": {"source": ["obj-292", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-113", 0], "destination": ["obj-301", 0]}},
      {"patchline": {"source": ["obj-301", 0], "destination": ["obj-302", 0]}},
      {"patchline": {"source": ["obj-302", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-401", 0], "destination": ["obj-402", 0]}},
      {"patchline": {"source": ["obj-402", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-403", 0], "destination": ["obj-404", 0]}},
      {"patchline": {"source": ["obj-404", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-405", 0], "destination": ["obj-406", 0]}},
      {"patchline": {"source": ["obj-406", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-407", 0], "destination": ["obj-408", 0]}},
      {"patchline": {"source": ["obj-408", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-409", 0], "destination": ["obj-410", 0]}},
      {"patchline": {"source": ["obj-410", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-411", 0], "destination": ["obj-412", 0]}},
      {"patchline": {"source": ["obj-412", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-413", 0], "destination": ["obj-414", 0]}},
      {"patchline": {"source": ["obj-414", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-415", 0], "destination": ["obj-416", 0]}},
      {"patchline": {"source": ["obj-416", 0], "destination": ["obj-121", 0]}},
      {"patchline": {"source": ["obj-121", 2], "destination": ["obj-501", 0]}},
      {"patchline": {"source": ["obj-501", 0], "destination": ["obj-502", 0]}},
      {"patchline": {"source": ["obj-501", 1], "destination": ["obj-503", 0]}},
      {"patchline": {"source": ["obj-501", 2], "destination": ["obj-504", 0]}},
      {"patchline": {"source": ["obj-501", 3], "destination": ["obj-505", 0]}},
      {"patchline": {"source": ["obj-502", 0], "destination": ["obj-507", 0]}},
      {"patchline": {"source": ["obj-503", 0], "destination": ["obj-508", 0]}},
      {"patchline": {"source": ["obj-504", 0], "destination": ["obj-281", 0]}},
      {"patchline": {"source": ["obj-505", 0], "destination": ["obj-211", 0]}}
    ],
    "autosave": 0
  }
}
