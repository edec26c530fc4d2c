import Foundation

/// Archives, good and bad.
enum Archives {
  private static let script = #"""
    import os, stat, struct, sys, warnings, zipfile
    warnings.simplefilter("ignore")
    os.chdir(sys.argv[1])
    def archive(name, *entries, method=zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(name + ".zip", "w", method) as made:
            for path, content, mode in entries:
                info = zipfile.ZipInfo(path)
                info.external_attr = mode << 16
                info.compress_type = zipfile.ZIP_STORED if path.startswith("stored") else method
                made.writestr(info, content)
    def spoil(name, change):
        data = bytearray(open(name + ".zip", "rb").read())
        change(data, data.index(b"PK\1\2"))
        open(name + ".zip", "wb").write(data)
    file, program = stat.S_IFREG | 0o644, stat.S_IFREG | 0o755
    archive("whole", ("bootstrap", "#!/bin/sh\n", program), ("lib/deep/data.txt", "text " * 100_000, file),
            ("stored.bin", "as it is", file), ("lib/ünï.txt", "ü", file), ("empty/", "", stat.S_IFDIR | 0o755))
    archive("other", ("bootstrap", "another", program))
    archive("parent", ("lib/../../../outside", "x", file))
    archive("absolute", ("/outside", "x", file))
    archive("backslash", ("..\\outside", "x", file))
    archive("dot", ("./outside", "x", file))
    archive("link", ("outside", "/etc/passwd", stat.S_IFLNK | 0o777))
    archive("twice", ("a", "x", file), ("a", "y", file))
    archive("file-and-folder", ("a", "x", file), ("a/b", "y", file))
    archive("bzip2", ("a", "x", file), method=zipfile.ZIP_BZIP2)
    archive("bomb", *[(f"{number}", b"\0" * (1 << 20), file) for number in range(9)])
    archive("many", *[(f"{number}", "", file) for number in range(101)])
    for name in ("encrypted", "lies-about-size", "bad-crc", "cut"):
        archive(name, ("a", "x" * 1000, file))
    def put(offset, form, value):
        return lambda data, entry: struct.pack_into(form, data, entry + offset, value)
    spoil("encrypted", put(8, "<H", 1))
    spoil("lies-about-size", put(24, "<I", 10))
    spoil("bad-crc", put(16, "<I", 1))
    spoil("cut", put(20, "<I", 3))
    open("no-zip.zip", "w").write("no archive at all" * 10)
    """#

  static func make(in folder: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = ["-SEc", script.split(separator: "\n").map { String($0) }.joined(separator: "\n"), folder]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
  }
}
