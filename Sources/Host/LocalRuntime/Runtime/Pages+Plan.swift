import S3Protocol
import AdminServer
import EventRouting
import LocalStorage
import Observability
import EventBus
import FoundationEssentials
import FunctionHost
import GRDB
import Core
import SAMTemplate
import S3Server
import SigV4

extension RuntimePlan {
  /// The buckets that the template opens to the pages, and the settings that it tells them.
  var site: PagesAPI.Site { PagesAPI.Site(buckets: buckets.compactMap { bucket in bucket.pages.map { (bucket, $0) } }) }
}

extension PagesAPI.Site {
  init(buckets: [(resource: BucketResource, pages: PageAccess)]) {
    self.init()
    for (resource, pages) in buckets {
      names[pages.name] = resource.bucketName
      readable.insert(resource.bucketName)
      if pages.allowsUploads { writable.insert(resource.bucketName) }
      settings.merge(pages.settings) { first, _ in first }
    }
  }

  /// For a runtime whose objects are in another store.
  var withoutBuckets: Self {
    var site = self
    (site.names, site.readable, site.writable) = ([:], [], [])
    return site
  }

  /// The pages' way to the store.
  func proxy(
    _ s3: S3Responder, signer: SigV4Signer, clock: WallClock, endpoint: @escaping @Sendable () -> String?
  ) -> StoreProxy {
    StoreProxy(s3: s3, signer: signer, readable: readable, writable: writable, clock: clock, endpoint: endpoint)
  }
}

extension LiveFeed {
  /// Tells of every change of an object once it is committed.
  var commitHook: ObjectCommitHook {
    { [self] db, change in
      db.afterNextTransaction(onCommit: { _ in self.publish(.object(change)) })
    }
  }
}

extension JobWatch {
  /// To be added to the store's hooks: job documents are noted once they are committed.
  var commitHook: ObjectCommitHook {
    { [self] db, change in
      guard change.key.hasSuffix(Self.document) else { return }
      let (bucket, key, isRemoved) = (change.bucket, change.key, !change.event.isCreation)
      db.afterNextTransaction(onCommit: { _ in self.changed(bucket: bucket, key: key, isRemoved: isRemoved) })
    }
  }
}
