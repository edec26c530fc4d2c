import ObjectStore
import Previews
import Core

/// Fetches what tiles are made of ahead of a thread that takes them one after the other: strips of tiles that the clips'
/// renderers left, or stills without a strip. Two strips or `window` stills are in memory or under way at most.
final class TileFetcher: Sendable {
  private let objects: any ObjectStore
  private let bucket: String
  private let plan: StoryboardPlan
  private let window: Int
  /// What is fetched, in the order in which tiles need it, and for each tile which of these.
  private let loads: [Load]
  private let loadOfTile: [Int]
  private let state = Monitor(State())

  private enum Load {
    case strip(StoryboardPlan.Strip, tiles: Int)
    case still(StoryboardPlan.Still)

    var tiles: Int {
      switch self {
      case .strip(_, let tiles): tiles
      case .still: 1
      }
    }
  }

  private enum Loaded {
    case strip(TileStrip)
    case still([UInt8])
  }

  private struct State {
    var ready: [Int: Result<Loaded, any Error>] = [:]
    var started = 0
    var isCancelled = false
  }

  /// A picture that a tile is made of.
  struct Tile {
    var jpeg: [UInt8]
    /// Pixels of the still that it stands for; `nil` if it is the still.
    var still: (width: Int, height: Int)?
  }

  /// A still or a strip is not there any more, or is another one than the manifest names.
  struct Missing: ClassifiedError {
    let message: String
    var code: String { "OutputMissing" }
    var isRetryable: Bool { true }
  }

  /// - Parameter window: tiles that are to be ahead.
  init(objects: any ObjectStore, bucket: String, plan: StoryboardPlan, window: Int) {
    self.objects = objects
    self.bucket = bucket
    self.plan = plan
    self.window = window
    var (loads, loadOfTile) = ([Load](), [Int]())
    var loadOfStrip: [Int: Int] = [:]
    for (index, part) in plan.parts.enumerated() {
      guard let part else {
        loadOfTile.append(loads.count)
        loads.append(.still(plan.stills[index]))
        continue
      }
      if loadOfStrip[part.strip] == nil {
        loadOfStrip[part.strip] = loads.count
        loads.append(.strip(plan.strips[part.strip], tiles: plan.parts.count { $0?.strip == part.strip }))
      }
      loadOfTile.append(loadOfStrip[part.strip]!)
    }
    self.loads = loads
    self.loadOfTile = loadOfTile
  }

  /// Blocks until that tile is there; to be called in order, from a thread of one's own.
  ///
  /// - Throws: `Missing`, `ObjectStoreError`, `CancellationError`.
  func take(_ index: Int) throws -> Tile {
    let load = loadOfTile[index]
    for next in state.update({ due(from: load, &$0) }) { start(next) }
    let loaded = try state.wait { state in
      state.isCancelled ? .failure(CancellationError()) : state.ready[load]
    }.get()
    let isLast = index + 1 == loadOfTile.count || loadOfTile[index + 1] != load
    if isLast { state.update { $0.ready[load] = nil } }
    switch loaded {
    case .still(let bytes): return Tile(jpeg: bytes)
    case .strip(let strip):
      guard let jpeg = plan.parts[index].flatMap({ strip.tile($0.number) }) else {
        throw Missing(message: "the tiles of '\(plan.stills[index].key)' and its neighbours lack one")
      }
      return Tile(jpeg: jpeg, still: (strip.stillWidth, strip.stillHeight))
    }
  }

  /// A thread that waits stops waiting.
  func cancel() { state.update { $0.isCancelled = true } }

  /// What is to be started: the load itself, the one that follows, and more until `window` tiles are ahead.
  private func due(from load: Int, _ state: inout State) -> Range<Int> {
    var (end, ahead) = (load + 1, 0)
    while end < loads.count, end <= load + 1 || ahead < window {
      ahead += loads[end].tiles
      end += 1
    }
    let due = min(state.started, end)..<end
    state.started = due.upperBound
    return due
  }

  private func start(_ index: Int) {
    Task {
      let result: Result<Loaded, any Error>
      do {
        result = .success(try await fetch(loads[index]))
      } catch {
        result = .failure(error)
      }
      state.update { $0.ready[index] = result }
    }
  }

  private func fetch(_ load: Load) async throws -> Loaded {
    switch load {
    case .still(let still): return .still(try await fetch(still))
    case .strip(let strip, _):
      guard let tiles = TileStrip(try await bytes(strip.key, strip.bytes)) else {
        throw Missing(message: "'\(strip.key)', which the manifest names, does not hold tiles")
      }
      return .strip(tiles)
    }
  }

  func fetch(_ still: StoryboardPlan.Still) async throws -> [UInt8] { try await bytes(still.key, still.bytes) }

  private func bytes(_ key: String, _ count: Int) async throws -> [UInt8] {
    do {
      let bytes = try await objects.get(key, in: bucket).bytes
      guard bytes.count == count else {
        throw Missing(message: "'\(key)' must have \(count) bytes, found \(bytes.count)")
      }
      return bytes
    } catch let error as ObjectStoreError where error.code == "NoSuchKey" {
      throw Missing(message: "'\(key)', which the manifest names, is not there")
    }
  }
}
