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
    for name in ("encrypted", "lies-about-size", "lies-small", "bad-crc", "cut"):
        archive(name, ("a", "x" * 1000, file))
    def put(offset, form, value):
        return lambda data, entry: struct.pack_into(form, data, entry + offset, value)
    spoil("encrypted", put(8, "<H", 1))
    spoil("lies-about-size", put(24, "<I", 10))
    spoil("bad-crc", put(16, "<I", 1))
    spoil("cut", put(20, "<I", 3))
    import io
    class Pipe(io.RawIOBase):
        """Cannot seek, so that sizes follow the content."""
        def __init__(self, path): self.file = open(path, "wb")
        def writable(self): return True
        def write(self, data): return self.file.write(data)
        def close(self): self.file.close()
    with zipfile.ZipFile(Pipe("streamed.zip"), "w", zipfile.ZIP_DEFLATED) as made:
        for path, content in (("bootstrap", "#!/bin/sh\n"), ("data", "text " * 1000)):
            info = zipfile.ZipInfo(path)
            info.external_attr = program << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(info, content)
    archive("device", ("null", "", stat.S_IFCHR | 0o666))
    archive("pipe", ("pipe", "", stat.S_IFIFO | 0o666))
    archive("folder-link", ("lib", "/etc", stat.S_IFLNK | 0o777), ("lib/passwd", "x", file))
    archive("long-name", ("x" * 256, "x", file))
    archive("deep", ("d/" * 65 + "x", "x", file))
    archive("double-slash", ("a//b", "x", file))
    archive("zero-byte", ("name-1234", "x", file))
    data = open("zero-byte.zip", "rb").read().replace(b"name-1234", b"name\0../a")
    open("zero-byte.zip", "wb").write(data)
    # Encrypted as its own header says as well.
    archive("encrypted-twice", ("a", "x" * 1000, file))
    data = bytearray(open("encrypted-twice.zip", "rb").read())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    open("encrypted-twice.zip", "wb").write(data)
    archive("lzma", ("a", "x", file), method=zipfile.ZIP_LZMA)
    archive("raw-name", ("name-1234", "x", file))
    data = open("raw-name.zip", "rb").read().replace(b"name-1234", b"\xff\xfe-12345x")
    open("raw-name.zip", "wb").write(data)
    # One file of 1 MiB that eleven entries of the directory share.
    archive("overlap", ("0", os.urandom(1 << 20), file), method=zipfile.ZIP_STORED)
    data = open("overlap.zip", "rb").read()
    entry, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    directory = data[entry:end]
    copies = b"".join(directory[:-1] + bytes([ord("0") + number]) for number in range(10))
    open("overlap.zip", "wb").write(
        data[:entry] + copies + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 10, 10, len(copies), entry, 0))
    def spoil_end(name, offset, form, value, source="other"):
        data = bytearray(open(source + ".zip", "rb").read())
        struct.pack_into(form, data, data.index(b"PK\5\6") + offset, value)
        open(name + ".zip", "wb").write(data)
    archive("two", ("a", "x", file), ("b", "y", file))
    for name, value in (("says-one", 1), ("says-three", 3)):
        data = bytearray(open("two.zip", "rb").read())
        end = data.index(b"PK\5\6")
        struct.pack_into("<2H", data, end + 8, value, value)
        open(name + ".zip", "wb").write(data)
    spoil_end("zip64", 10, "<H", 0xFFFF)
    spoil_end("several-disks", 4, "<H", 1)
    spoil_end("directory-elsewhere", 16, "<L", 1)
    spoil_end("directory-beyond", 12, "<L", 0x7FFFFFFF)
    whole = open("other.zip", "rb").read()
    open("two-directories.zip", "wb").write(whole + whole)
    open("tail.zip", "wb").write(whole + b"x" * 20_000)
    open("half.zip", "wb").write(whole[:len(whole) // 2])
    open("nothing.zip", "wb").close()
    # 60,000 entries' directory that claims to have one.
    entry, end = whole.index(b"PK\1\2"), whole.index(b"PK\5\6")
    directory = whole[entry:end] * 60_000
    open("long-directory.zip", "wb").write(
        whole[:entry] + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), entry, 0))
    spoil("lies-small", put(24, "<I", 2000))
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
