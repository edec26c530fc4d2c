import S3Protocol
import Testing

@Suite struct ListingPlanTests {
  /// Ordered keys in memory, which count the scans.
  private final class Keys {
    let keys: [String]
    private(set) var scans = 0
    private(set) var scanned = 0

    init(_ keys: [String]) {
      self.keys = keys.sorted(by: ObjectKey.precedes)
    }

    func page(_ query: ListingQuery) -> ListingPage<String> {
      ListingPlan.page(of: query, key: { $0 }) { start, limit in
        scans += 1
        let found = keys.filter {
          start.isIncluded && ObjectKey.same($0, start.key) || ObjectKey.precedes(start.key, $0)
        }.prefix(limit)
        scanned += found.count
        return Array(found)
      }
    }
  }

  /// What a listing is, said the simple way: all keys and groups, in order, after `after`, cut at `maxKeys`.
  private func naive(_ keys: [String], _ query: ListingQuery) -> (elements: [String], isTruncated: Bool) {
    var elements: [[UInt8]] = []
    let prefix = Array(query.prefix.utf8)
    let delimiter = query.delimiter.map { Array($0.utf8) }
    for key in keys.sorted(by: ObjectKey.precedes).map({ Array($0.utf8) }) where key.starts(with: prefix) {
      var element = key
      if let delimiter {
        for end in stride(from: prefix.count + delimiter.count, through: key.count, by: 1)
        where Array(key[(end - delimiter.count)..<end]) == delimiter {
          element = Array(key[..<end])
          break
        }
      }
      if elements.last != element { elements.append(element) }
    }
    let after = query.after.map { Array($0.utf8) } ?? []
    let remaining = elements.filter { after.lexicographicallyPrecedes($0) }
    let page = remaining.prefix(query.maxKeys).map { String(decoding: $0, as: UTF8.self) }
    return (page, query.maxKeys > 0 && remaining.count > query.maxKeys)
  }

  private func merged(_ page: ListingPage<String>) -> [String] {
    (page.items + page.commonPrefixes).sorted(by: ObjectKey.precedes)
  }

  private let talks = Keys([
    "a.mp4", "talks/day 1.mp4", "talks/day 1/0.gif", "talks/day 1/1.gif", "talks/day 2.mp4", "z.mp4",
  ])

  @Test("a query without parameters lists everything")
  func everything() {
    let page = talks.page(ListingQuery())
    #expect(page.items == talks.keys)
    #expect(page.commonPrefixes.isEmpty)
    #expect(!page.isTruncated)
  }

  @Test("a delimiter sums up what lies deeper")
  func oneLevel() {
    let page = talks.page(ListingQuery(delimiter: "/"))
    #expect(page.items == ["a.mp4", "z.mp4"])
    #expect(page.commonPrefixes == ["talks/"])
  }

  @Test("below a prefix the delimiter counts from its end")
  func oneLevelBelowAPrefix() {
    let page = talks.page(ListingQuery(prefix: "talks/", delimiter: "/"))
    #expect(page.items == ["talks/day 1.mp4", "talks/day 2.mp4"])
    #expect(page.commonPrefixes == ["talks/day 1/"])
  }

  @Test("a prefix need not end at a delimiter")
  func partOfAName() {
    let page = talks.page(ListingQuery(prefix: "talks/day 1", delimiter: "/"))
    #expect(page.items == ["talks/day 1.mp4"])
    #expect(page.commonPrefixes == ["talks/day 1/"])
  }

  @Test("a prefix that no key has gives an empty page")
  func nothingThere() {
    let page = talks.page(ListingQuery(prefix: "b"))
    #expect(page.items.isEmpty && !page.isTruncated && page.last == nil)
    #expect(Keys([]).page(ListingQuery()).items.isEmpty)
  }

  @Test("no keys asked for, none given, and not truncated")
  func zero() {
    let keys = Keys(["a", "b"])
    let page = keys.page(ListingQuery(maxKeys: 0))
    #expect(page.items.isEmpty && !page.isTruncated)
    #expect(keys.scans == 0)
  }

  @Test("a common prefix counts as one")
  func counting() {
    let page = talks.page(ListingQuery(delimiter: "/", maxKeys: 2))
    #expect(page.items == ["a.mp4"])
    #expect(page.commonPrefixes == ["talks/"])
    #expect(page.isTruncated)
    #expect(page.last == "talks/")
    let next = talks.page(ListingQuery(delimiter: "/", after: page.last, maxKeys: 2))
    #expect(next.items == ["z.mp4"])
    #expect(next.commonPrefixes.isEmpty)
    #expect(!next.isTruncated)
  }

  @Test("a page that ends exactly with the keys is not truncated")
  func exactEnd() {
    #expect(!talks.page(ListingQuery(maxKeys: 6)).isTruncated)
    #expect(talks.page(ListingQuery(maxKeys: 5)).isTruncated)
    #expect(!talks.page(ListingQuery(prefix: "talks/", maxKeys: 4)).isTruncated)
    #expect(!talks.page(ListingQuery(delimiter: "/", maxKeys: 3)).isTruncated)
  }

  @Test("a marker within a group leaves the rest of the group out")
  func markerInGroup() {
    let page = talks.page(ListingQuery(delimiter: "/", after: "talks/day 1.mp4"))
    #expect(page.items == ["z.mp4"])
    #expect(page.commonPrefixes.isEmpty)
  }

  @Test("a marker before or behind all that has the prefix")
  func markerOutside() {
    #expect(talks.page(ListingQuery(prefix: "talks/", after: "a")).items.count == 4)
    #expect(talks.page(ListingQuery(prefix: "talks/", after: "z")).items.isEmpty)
    #expect(talks.page(ListingQuery(prefix: "talks/", after: "talks")).items.count == 4)
  }

  @Test("a group of many keys is passed over, not read through")
  func largeGroup() {
    let keys = Keys((0..<20_000).map { "videos/\($0)" } + ["a", "z"])
    let page = keys.page(ListingQuery(delimiter: "/"))
    #expect(page.items == ["a", "z"])
    #expect(page.commonPrefixes == ["videos/"])
    #expect(keys.scanned < 100)
  }

  @Test("many keys without groups are read in few scans")
  func flat() {
    let keys = Keys((0..<3000).map { "key-\($0)" })
    #expect(keys.page(ListingQuery(delimiter: "/")).items.count == 1000)
    #expect(keys.scans < 10)
    let more = Keys(keys.keys)
    #expect(more.page(ListingQuery()).items.count == 1000)
    #expect(more.scans == 1)
  }

  @Test("every page of every query is what the definition says", arguments: 0..<30)
  func againstTheDefinition(seed: Int) {
    var random = Generator(seed: UInt64(seed))
    let alphabet = ["a", "b", "/", "//", "-", "\u{E9}", "e\u{301}", "\u{FFFF}", "\u{10FFFF}", "\u{D7FF}", "z"]
    func word(_ longest: Int) -> String {
      (0..<Int.random(in: 0...longest, using: &random)).map { _ in alphabet.randomElement(using: &random)! }.joined()
    }
    var seen: Set<[UInt8]> = []
    let keys = (0..<150).map { _ in word(6) }.filter { !$0.isEmpty && seen.insert(Array($0.utf8)).inserted }
    let provider = Keys(keys)
    for _ in 0..<40 {
      let delimiter = ["/", nil, "//", "a", "\u{10FFFF}", "-\u{E9}"].randomElement(using: &random)!
      var query = ListingQuery(
        prefix: word(2), delimiter: delimiter, after: Bool.random(using: &random) ? word(3) : nil,
        maxKeys: Int.random(in: 0...30, using: &random))
      // Through all pages; there cannot be more of them than keys.
      for _ in 0...keys.count {
        let page = provider.page(query)
        let expected = naive(keys, query)
        #expect(merged(page).map { Array($0.utf8) } == expected.elements.map { Array($0.utf8) }, "\(query)")
        #expect(page.isTruncated == expected.isTruncated, "\(query)")
        guard page.isTruncated else { break }
        query.after = page.last
      }
    }
  }

  @Test("the successor of a prefix comes after everything that begins with it")
  func successors() {
    #expect(ListingPlan.successor(ofPrefix: "a/") == "a0")
    #expect(ListingPlan.successor(ofPrefix: "a\u{10FFFF}") == "b")
    #expect(ListingPlan.successor(ofPrefix: "\u{D7FF}") == "\u{E000}")
    #expect(ListingPlan.successor(ofPrefix: "\u{10FFFF}\u{10FFFF}") == nil)
    #expect(ListingPlan.successor(ofPrefix: "") == nil)
  }

  @Test("a continuation token names the last element, and no other text is one")
  func tokens() throws {
    for element in ["a", "talks/", "ü €", "\n"] {
      #expect(try ContinuationToken.decode(ContinuationToken.encode(last: element)) == element)
    }
    for token in ["", "a", "!", "YQ==", "Mf8=", ContinuationToken.encode(last: String(repeating: "a", count: 1025))] {
      #expect(code { () throws(S3Error) in _ = try ContinuationToken.decode(token) } == "InvalidArgument")
    }
  }

  @Test("a page has at most 1,000 elements")
  func limits() throws {
    #expect(try ListingQuery.limit(parameter: nil) == 1000)
    #expect(try ListingQuery.limit(parameter: "") == 1000)
    #expect(try ListingQuery.limit(parameter: "0") == 0)
    #expect(try ListingQuery.limit(parameter: "7") == 7)
    #expect(try ListingQuery.limit(parameter: "5000") == 1000)
    for parameter in ["-1", "x", "1.5", "99999999999"] {
      #expect(code { () throws(S3Error) in _ = try ListingQuery.limit(parameter: parameter) } == "InvalidArgument")
    }
  }

  @Test("keys are encoded for XML and decoded")
  func keyEncoding() throws {
    #expect(KeyEncoding.encode("a b/c+d%(3)\u{1}ü~*") == "a%20b/c%2Bd%25%283%29%01%C3%BC~%2A")
    #expect(try KeyEncoding.decode("a%20b/c%2Bd%25%283%29%01%C3%BC~%2A") == "a b/c+d%(3)\u{1}ü~*")
    #expect(try KeyEncoding.decode("a+b") == "a b")
    for broken in ["%", "%4", "%zz", "%+1", "%FF"] {
      #expect(code { () throws(S3Error) in _ = try KeyEncoding.decode(broken) } == "MalformedXML")
    }
    #expect(try KeyEncoding(parameter: nil) == nil)
    #expect(try KeyEncoding(parameter: "url") == .url)
    #expect(code { () throws(S3Error) in _ = try KeyEncoding(parameter: "base64") } == "InvalidArgument")
  }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
private struct Generator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
