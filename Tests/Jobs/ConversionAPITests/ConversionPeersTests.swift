import ConversionAPI
import Testing

@Suite("The choice of a peer")
struct ConversionPeersTests {
  private let peers = ["https://a.example", "https://b.example/gifs", "https://c.example"]
  private let urls = (0..<600).map { "https://host.example/\($0).mp4" }

  private func owner(_ url: String, _ peers: [String]) -> String {
    ConversionPeers.choose(for: url, among: peers, own: "") ?? ""
  }

  @Test("is the same at every peer, in whichever order and case they are listed")
  func agreement() {
    for url in urls.prefix(50) {
      let first = owner(url, peers)
      #expect(owner(url, peers.reversed()) == first)
      #expect(owner(url, peers.map { $0.uppercased() }).lowercased() == first)
      #expect(ConversionPeers.choose(for: url, among: peers, own: first.uppercased()) == nil)
    }
  }

  @Test("spreads the sources evenly")
  func spread() {
    let counts = Dictionary(grouping: urls) { owner($0, peers) }.mapValues(\.count)
    #expect(peers.allSatisfy { (140...260).contains(counts[$0] ?? 0) }, "\(counts)")
  }

  @Test("changes for a further peer's own share only, and for a lost peer's")
  func growth() {
    let more = peers + ["https://d.example"]
    for url in urls {
      let (before, after) = (owner(url, peers), owner(url, more))
      #expect(after == before || after == more[3])
      if before != peers[0] { #expect(owner(url, Array(peers.dropFirst())) == before) }
    }
  }

  @Test("is the instance itself without peers")
  func alone() {
    #expect(ConversionPeers.choose(for: urls[0], among: [], own: "https://a.example") == nil)
  }
}
