"""The video benchmark's figures as a table, the targets beside them.

All of our work beside decoding may cost so much of what a bare decode costs, at whatever bit rate.
"""

from table import Limit, cell, rendered

WALL_LIMIT, CPU_LIMIT = 1.20, 1.15


def report(result: dict) -> str:
    video, ours, ratios = result["video"], result["ours"], result["ratios"]
    times = [
        ["", "wall, s", "CPU, s"],
        *(
            [name, cell(result[key]["wall"], ".1f"), cell(result[key]["cpu"], ".1f")]
            for key, name in (
                ("reference", "reference's server script"),
                ("sideBySide", "single commands, two side by side"),
                ("decode", "bare decode, all processors"),
                ("ours", "zoetrope, upload to manifest"),
            )
        ),
        ["  of which rendering clips", "", cell(ours["cpuOfClips"], ".1f")],
    ]
    compared = [
        ["", "ratio"],
        ["wall: zoetrope / decode", cell(ratios["wallToDecode"], ".3f", Limit(WALL_LIMIT))],
        ["CPU: zoetrope / decode", cell(ratios["cpuToDecode"], ".3f", Limit(CPU_LIMIT))],
        ["wall: reference / decode", cell(ratios["wallOfReferenceToDecode"], ".2f")],
        ["wall: reference / zoetrope", cell(ratios["wallOfReferenceToOurs"], ".2f")],
        ["wall: side by side / zoetrope", cell(ratios["wallOfSideBySideToOurs"], ".2f")],
        ["CPU: zoetrope / reference", cell(ratios["cpuToReference"], ".3f")],
        ["CPU: zoetrope / side by side", cell(ratios["cpuToSideBySide"], ".3f")],
        ["bytes fetched by clips / size of the video", cell(ratios["bytesFetchedToSize"], ".3f", Limit(1.15))],
    ]
    facts = (
        f"{video['seconds'] / 60:.1f} minutes, {video['height']} lines, {video['bytes'] / 1e6:.1f} MB, "
        f"{video['bytes'] * 8e-6 / video['seconds']:.1f} Mbit/s; "
        f"{ours['clips']} clips, {ours['stills']} stills; {result['processors']} processors; one run"
    )
    return f"{rendered(times)}\n\n{rendered(compared)}\n\n{facts}"
