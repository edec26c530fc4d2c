import EventBus
import FoundationEssentials
import FunctionHost
import GRDB
import Core
import S3Server
import SigV4

extension RuntimePlan {
  /// The buckets and settings that the pages show: those that the functions are told.
  var site: PagesAPI.Site {
    func setting(_ name: String) -> String? { functions.lazy.compactMap { $0.environment[name] }.first { !$0.isEmpty } }
    return PagesAPI.Site(
      sourceBucket: setting("SourceBucketName"), outputBucket: setting("GifsBucketName"),
      snippetSize: setting("SnippetSize").flatMap(Int.init))
  }
}

extension PagesAPI.Site {
  var withoutBuckets: Self { Self(sourceBucket: nil, outputBucket: nil, snippetSize: snippetSize) }

  /// The pages' way to the buckets, where there are any.
  func passage(_ s3: S3Responder, signer: SigV4Signer, clock: WallClock) -> StorePassage? {
    guard let sourceBucket, let outputBucket else { return nil }
    return StorePassage(s3: s3, signer: signer, source: sourceBucket, output: outputBucket, clock: clock)
  }
}

extension LiveFeed {
  /// Tells of every change of an object once it is committed.
  var commitHook: ObjectCommitHook {
    { [self] db, change in
      let item = ObjectItem(
        change: change.event.rawValue, bucket: change.bucket, key: change.key, size: change.size, etag: change.etag,
        time: change.time.millisecondsSince1970)
      db.afterNextTransaction(onCommit: { _ in self.publish(.object(item)) })
    }
  }
}

extension BusEventRecord {
  init(_ event: BusEvent, bus: String?, _ routing: EventRouter.Routing, at now: Date) {
    self.init(
      id: event.id, time: now.millisecondsSince1970, bus: bus, source: event.source, detailType: event.detailType,
      detail: JSONExcerpt(event.detail), rules: routing.rules, functions: routing.invocations.map(\.function))
  }
}
