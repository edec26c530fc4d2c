/// The changes of an object that notifications tell, named as S3 names them.
package enum ObjectEvent: String, Sendable, CaseIterable {
  case put = "ObjectCreated:Put"
  case post = "ObjectCreated:Post"
  case copy = "ObjectCreated:Copy"
  case completeMultipartUpload = "ObjectCreated:CompleteMultipartUpload"
  case delete = "ObjectRemoved:Delete"
  /// A rule of the bucket's lifecycle removed it.
  case expire = "LifecycleExpiration:Delete"

  /// Whether an object exists after it.
  package var isCreation: Bool { self != .delete && self != .expire }
}
