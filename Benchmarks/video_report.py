"""The video benchmark's figures as a table, the targets beside them."""

from table import Limit, cell, rendered


def report(result: dict) -> str:
    video, ours, ratios = result["video"], result["ours"], result["ratios"]
    times = [
        ["", "wall, s", "CPU, s"],
        *(
            [name, cell(result[key]["wall"], ".1f"), cell(result[key]["cpu"], ".1f")]
            for key, name in (
                ("reference", "reference's server script"),
                ("sideBySide", "single commands, two side by side"),
                ("ours", "zoetrope, upload to manifest"),
            )
        ),
        ["  of which rendering clips", "", cell(ours["cpuOfClips"], ".1f")],
    ]
    compared = [
        ["", "ratio"],
        ["wall: reference / zoetrope", cell(ratios["wallOfReferenceToOurs"], ".2f", Limit(5, at_least=True))],
        ["wall: side by side / zoetrope", cell(ratios["wallOfSideBySideToOurs"], ".2f", Limit(2, at_least=True))],
        ["CPU: zoetrope / reference", cell(ratios["cpuToReference"], ".3f")],
        ["CPU: zoetrope / side by side", cell(ratios["cpuToSideBySide"], ".3f")],
        ["bytes fetched by clips / size of the video", cell(ratios["bytesFetchedToSize"], ".3f", Limit(1.15))],
    ]
    facts = (
        f"{video['seconds'] / 60:.1f} minutes, {video['height']} lines, {video['bytes'] / 1e6:.1f} MB; "
        f"{ours['clips']} clips, {ours['stills']} stills; {result['processors']} processors; one run"
    )
    return f"{rendered(times)}\n\n{rendered(compared)}\n\n{facts}"
