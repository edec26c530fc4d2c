import CArchive
import Glibc

/// Lets this thread's C library read names as UTF-8, whatever the process's own locale is: libarchive asks it.
enum UTF8Locale {
  /// - Returns: what `body` returns; without such a locale it runs in the process's own.
  static func within<Value>(_ body: () throws(CodeArchiveError) -> Value) throws(CodeArchiveError) -> Value {
    guard let locale = newlocale(zt_all_locale_categories, "C.UTF-8", nil) else { return try body() }
    let former = uselocale(locale)
    defer {
      uselocale(former)
      freelocale(locale)
    }
    return try body()
  }
}
