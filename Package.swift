// swift-tools-version: 6.2
import PackageDescription

// Dependencies point downwards only; docs/ARCHITECTURE.md has the table of depths. Functions (`Snippets`, `ProcessClip`)
// must link none of the server side: no NIO, no Hummingbird, no SQLite.

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A library below `Sources/FOLDER/`, or directly in `Sources` without one.
func library(_ name: String, in folder: String? = nil, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: path("Sources", folder, name), swiftSettings: settings)
}

func path(_ root: String, _ folder: String?, _ name: String) -> String {
  [root, folder, name].compactMap(\.self).joined(separator: "/")
}

/// Swift's standard library and Foundation become part of the programs: they need no Swift where they run, and calls that do
/// not go through the dynamic linker's tables take 5 % off the host and a tenth off a function's start. SwiftPM's own
/// `--static-swift-stdlib` would do the same, but not beside `--build-tests`. What stands further left needs what is
/// further right.
let staticRuntime = LinkerSetting.unsafeFlags(
  [
    "-static-stdlib", "-lFoundation", "-lCoreFoundation", "-lFoundationInternationalization", "-lFoundationEssentials",
    "-l_FoundationICU", "-l_FoundationCollections", "-l_FoundationCShims",
  ], .when(platforms: [.linux], configuration: .release))

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, swiftSettings: settings, linkerSettings: [staticRuntime])
}

func tests(_ name: String, in folder: String? = nil, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: path("Tests", folder, name), swiftSettings: settings)
}

func system(_ name: String, _ pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "zoetrope",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "zoetrope", targets: ["zoetrope"]),
    .executable(name: "Snippets", targets: ["Snippets"]),
    .executable(name: "ProcessClip", targets: ["ProcessClip"]),
    .executable(name: "Storyboard", targets: ["Storyboard"]),
    .executable(name: "RecordFailure", targets: ["RecordFailure"]),
    .executable(name: "TransformImage", targets: ["TransformImage"]),
    .executable(name: "MediaAPI", targets: ["MediaAPI"]),
    .executable(name: "ConvertVideo", targets: ["ConvertVideo"]),
    .executable(name: "EncodeSegment", targets: ["EncodeSegment"]),
    .executable(name: "TranscodeAudio", targets: ["TranscodeAudio"]),
    .executable(name: "ProxyVideo", targets: ["ProxyVideo"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // System libraries, and what everything stands on.
    system("CLibAV", "libavformat", apt: "libavformat-dev"),
    system("CLibSWResample", "libswresample", apt: "libswresample-dev"),
    system("CLibAVFilter", "libavfilter", apt: "libavfilter-dev"),
    system("CArchive", "libarchive", apt: "libarchive-dev"),
    system("CCrypt", "libxcrypt", apt: "libcrypt-dev"),
    // Without pkg-config: only the header is used, and nothing is linked.
    .systemLibrary(name: "CXXHash", path: "Sources/System/CXXHash", providers: [.apt(["libxxhash-dev"])]),
    system("CTurboJPEG", "libturbojpeg", apt: "libturbojpeg0-dev"),
    system("CCurl", "libcurl", apt: "libcurl4-openssl-dev"),
    system("CTLS", "libssl", apt: "libssl-dev"),
    system("COpenSSL", "libcrypto", apt: "libssl-dev"),
    system("CExpat", "expat", apt: "libexpat1-dev"),
    system("CHiredis", "hiredis", apt: "libhiredis-dev"),
    system("CZlib", "zlib", apt: "zlib1g-dev"),
    system("CVips", "vips", apt: "libvips-dev"),
    .target(name: "CProcess", path: "Sources/System/CProcess"),
    .target(name: "CCodeMemory", path: "Sources/System/CCodeMemory"),
    .target(name: "CForkServer", path: "Sources/System/CForkServer"),
    // The player and the console, part of the program; and how any pages are put together to be served.
    library("PageBundles", in: "Pages"),
    .target(
      name: "WebPages", dependencies: ["PageBundles"], path: "Sources/Pages/WebPages",
      resources: [.embedInCode("Pages")], swiftSettings: settings),
    library("Core", in: "Core", [log]),
    library("Encodings", in: "Core"),
    library("Terminals", in: "Core", ["Core"]),
    .target(name: "CMD5", path: "Sources/System/CMD5"),
    .target(name: "CPixels", path: "Sources/System/CPixels"),
    library("Checksums", in: "Core", ["COpenSSL", "CMD5", "CXXHash", "Encodings"]),
    library("JWT", in: "Core", ["Checksums", "COpenSSL", "Core", "Encodings"]),
    library("Passwords", in: "Core", ["CCrypt", "Checksums", "Core"]),
    library("SigV4", in: "AWS", ["Checksums", "Core", "Encodings"]),
    library("LambdaEvents", in: "AWS", ["Core", "Encodings"]),
    library("S3Protocol", in: "AWS", ["CExpat", "Checksums", "Core", "Encodings"]),
    library("MediaTypes", in: "Media", ["Core"]),

    // Clients, AWS and media: one subject each.
    library("HTTPTransport", in: "Clients", ["CCurl", "Core"]),
    library("RemoteFetch", in: "Clients", ["HTTPTransport", "Core"]),
    library("RedisClient", in: "Clients", ["CHiredis", "CTLS", "Checksums", "Core", "Encodings"]),
    library("LibAV", in: "Media", ["CLibAV", "MediaTypes", "Core"]),
    library("FrameConversion", in: "Media", ["LibAV", "CLibAV", "CPixels", "Images", "MediaTypes"]),
    library("Demuxing", in: "Media", ["FrameConversion", "LibAV", "CLibAV", "MediaTypes", "Core"]),
    library("VideoDecoding", in: "Media", ["Demuxing", "FrameConversion", "LibAV", "CLibAV", "MediaTypes", "Core"]),
    library("ClipIndexing", in: "Media", ["Demuxing", "VideoDecoding", "LibAV", "CLibAV", "MediaTypes", "Core"]),
    library("GIF", in: "Media", ["CPixels", "FrameConversion", "Images", "LibAV", "MediaTypes", "Core"]),
    library(
      "Clips", in: "Media",
      [
        "ClipIndexing", "Demuxing", "FrameConversion", "GIF", "Images", "VideoDecoding", "LibAV", "CLibAV",
        "MediaTypes", "CProcess",
        "Core",
      ]),
    library(
      "Animations", in: "Media",
      ["Demuxing", "FrameConversion", "GIF", "Images", "VideoDecoding", "LibAV", "CLibAV", "MediaTypes", "Core"]),
    library("ImageCodecs", in: "Media", ["CCodeMemory", "CVips", "MediaTypes", "Core"]),
    library(
      "AudioDecoding", in: "Media", ["LibAV", "CLibAV", "CLibSWResample", "MediaTypes", "Core"]),
    library(
      "Audio", in: "Media", ["AudioDecoding", "Encodings", "LibAV", "CLibAV", "MediaTypes", "Core"]),
    library(
      "WaveformDrawing", in: "Media",
      ["Audio", "AudioDecoding", "LibAV", "CLibAV", "CZlib", "MediaTypes", "Core"]),
    library("MP4", in: "Media", ["Core", "MediaTypes"]),
    library(
      "VideoTracks", in: "Media",
      [
        "LibAV", "CLibAV", "Demuxing", "FrameConversion",
        "MP4", "MediaTypes", "Core",
      ]),
    // The only user of x264's encoder, which is GPL: only EncodeSegment may depend on it.
    library(
      "VideoEncoding", in: "Media",
      [
        "Animations", "VideoTracks", "LibAV", "CLibAV", "CLibAVFilter", "CLibSWResample",
        "Demuxing", "FrameConversion", "MP4", "MediaTypes", "Core",
      ]),
    library(
      "Posters", in: "Media",
      [
        "AudioDecoding", "Clips", "Demuxing", "FrameConversion", "Images", "VideoTracks", "LibAV", "CLibAV",
        "MediaTypes", "Core",
      ]),
    library("Images", in: "Media", ["CTurboJPEG", "MediaTypes"]),
    library("FunctionPackages", in: "Host", ["CArchive", "Checksums", "Core", "Encodings"]),
    library("Schedules", in: "Host", ["Core", "Encodings"]),
    library("SAMTemplate", in: "Host", ["Core", "Schedules", .product(name: "Yams", package: "Yams")]),

    // What functions are made of.
    library("AWSCredentials", in: "AWS", ["Core", "Encodings", "HTTPTransport", "SigV4"]),
    library(
      "EventBus", ["AWSCredentials", "Core", "Encodings", "HTTPTransport", "Checksums", "S3Protocol", "SigV4"]),
    library(
      "ObjectStore", ["AWSCredentials", "Core", "Encodings", "HTTPTransport", "Checksums", "SigV4", "S3Protocol"]),
    library(
      "ReferenceAnswers", in: "AWS",
      [
        "AWSCredentials", "Core", "Encodings", "HTTPTransport", "LambdaEvents", "ObjectCache", "ObjectStore",
        "S3Protocol",
        log,
      ]),
    library(
      "FunctionRuntime",
      [
        "CForkServer", "Core", "Encodings", "HTTPTransport", "LambdaEvents", "ReferenceAnswers", log,
        .product(name: "CoreMetrics", package: "swift-metrics"),
      ]),
    // What the jobs of all services share; it knows no service.
    // Jobs of the transcoder without any codec: who they are, what they announce, how they end.
    library(
      "AudioJobs", in: "Jobs", ["MediaJobs", "EventBus", "ObjectStore", "Checksums", "Encodings", "Core"]),
    library(
      "AudioTranscoding", in: "Jobs",
      [
        "Audio", "AudioDecoding", "AudioJobs", "WaveformDrawing", "CArchive", "MediaJobs", "MediaTypes", "ObjectCache",
        "EventBus",
        "FunctionRuntime",
        "LambdaEvents", "ObjectStore", "S3Protocol", "Checksums", "Encodings", "Core",
        .product(name: "Metrics", package: "swift-metrics"), log,
      ]),
    library(
      "Waveforms", in: "Jobs",
      ["Audio", "WaveformDrawing", "MediaTypes", "Library", "MediaJobs", "EventBus", "ObjectStore", "Core", log]),
    library("Conversions", in: "Jobs", ["RemoteFetch", "Checksums", "Encodings", "Core"]),
    library(
      "GIFConversion", in: "Jobs",
      [
        "Conversions", "RemoteFetch", "Animations",
        "MediaTypes", "Core",
      ]),
    library(
      "ConversionAPI", in: "Jobs",
      [
        "Conversions", "RemoteFetch", "ObjectCache", "ObjectStore", "EventBus", "LambdaEvents", "HTTPTransport",
        "S3Protocol", "Checksums", "Encodings", "Core", log,
        .product(name: "Metrics", package: "swift-metrics"),
      ]),
    library("ImageTransforms", in: "Jobs", ["MediaTypes"]),
    library(
      "Library", in: "Jobs",
      [
        "MediaJobs", "ImageTransforms", "JWT", "MediaTypes", "EventBus", "ObjectStore", "S3Protocol", "Checksums",
        "HTTPTransport", "Encodings", "Core", log,
      ]),
    library(
      "LibraryAPI", in: "Jobs",
      [
        "Library", "LambdaEvents", "MediaJobs", "ImageTransforms", "MediaTypes", "EventBus", "ObjectStore",
        "S3Protocol", "Encodings", "Core", log,
      ]),
    library(
      "MediaJobs", in: "Jobs",
      [
        "MediaTypes", "Core", "Checksums", "Encodings", "LambdaEvents", "S3Protocol", "HTTPTransport", "AWSCredentials",
        "EventBus",
        "ObjectStore", log,
      ]),
    library(
      "Previews", in: "Jobs",
      [
        "MediaJobs", "Core", "Checksums", "Encodings", "S3Protocol", "HTTPTransport", "EventBus", "ObjectStore",
        "MediaTypes", log,
      ]),
    library(
      "PreviewRendering", in: "Jobs",
      [
        "MediaJobs", "Previews", "Checksums", "Core", "Encodings", "S3Protocol", "EventBus", "ObjectStore",
        "ClipIndexing", "Clips", "VideoDecoding", "MediaTypes", log,
      ]),
    // Derived objects that are made once and kept; it knows no service.
    library("ObjectCache", in: "Jobs", ["Core", "LambdaEvents", "ObjectStore", "S3Protocol", log]),
    library(
      "Storyboards", in: "Jobs",
      ["MediaJobs", "Previews", "Images", "MediaTypes", "ObjectStore", "S3Protocol", "Core", log]),
    // What every listening port has in common.
    library(
      "HTTPServer", in: "Host",
      [
        "Core", "Encodings", log,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    library(
      "VideoProxy", in: "Jobs",
      [
        "Library", "MediaJobs", "MP4", "MediaTypes", "EventBus", "ObjectStore", "S3Protocol", "Checksums", "Encodings",
        "Core", log,
      ]),
    library(
      "VideoRoutes", in: "Jobs",
      [
        "VideoProxy", "LibraryAPI", "Library", "LambdaEvents", "MediaJobs", "MediaTypes", "EventBus", "ObjectStore",
        "Encodings", "Core",
      ]),
    // What an S3 server is asked to keep, and how bodies are verified on their way there.
    library(
      "S3Storage", in: "Host",
      [
        "HTTPServer", "Encodings", "Checksums", "SigV4", "S3Protocol",
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    library(
      "S3Server", in: "Host",
      [
        "HTTPServer", "Core", "Encodings", "Checksums", "SigV4", "S3Protocol", "S3Storage", log,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    library("Processes", in: "Host", ["CProcess", "Core", log]),
    library(
      "FunctionHost", in: "Host",
      [
        "CProcess", "Core", "Processes", log,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),

    // Functions over HTTP.
    library(
      "HTTPGateway", in: "Host",
      [
        "HTTPServer", "FunctionHost", "LambdaEvents", "S3Server", "S3Storage", "SigV4", "Checksums", "Encodings",
        "Core", log,
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),

    // Pages of metrics on the functions' port.
    library(
      "MetricsPages", in: "Host",
      [
        "HTTPServer", "Passwords", "Encodings", "Core",
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),

    // One machine that stands in for the cloud.
    // Events that are posted to addresses elsewhere.
    library(
      "Webhooks", in: "Host",
      ["FunctionHost", "RemoteFetch", "HTTPTransport", "Checksums", "Encodings", "Core"]),
    library(
      "Invocations", in: "Host",
      [
        "Core", "Checksums", "Encodings", "FunctionHost", log,
      ]),
    library(
      "Observability", in: "Host",
      [
        "Core", "FunctionHost", "HTTPGateway", "Invocations", "S3Protocol", "S3Server", log,
      ]),
    library(
      "RedisQueue", in: "Host",
      [
        "Core", "Invocations", "RedisClient", log,
      ]),
    library(
      "LocalStorage", in: "Host",
      [
        "Core", "Encodings", "Checksums", "Invocations", "S3Protocol", "S3Storage", "SigV4", log,
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    library(
      "SQLiteQueue", in: "Host",
      ["Core", "Invocations", "LocalStorage", .product(name: "GRDB", package: "GRDB.swift")]),
    library(
      "EventRouting", in: "Host",
      [
        "Core", "EventBus", "Invocations", "LocalStorage", "SQLiteQueue", "Observability", "S3Server", "S3Protocol",
        "SAMTemplate", "Schedules", log,
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    library(
      "AWSEndpoints", in: "Host",
      [
        "Core", "Checksums", "Encodings", "EventBus", "EventRouting", "FunctionHost", "HTTPServer", "Invocations",
        "Observability", "S3Protocol", "S3Server", "SigV4", log,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),
    library(
      "AdminServer", in: "Host",
      [
        "Core", "Checksums", "Encodings", "EventRouting", "FunctionHost", "HTTPGateway", "HTTPServer", "Invocations",
        "LambdaEvents", "LocalStorage", "Observability", "S3Protocol", "S3Server", "S3Storage", "SigV4", "PageBundles",
        "CZlib",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    library(
      "LocalRuntime", in: "Host",
      [
        "AWSEndpoints", "AdminServer", "EventRouting", "Invocations", "LocalStorage", "SQLiteQueue", "Observability",
        "RedisQueue",
        "Core", "Encodings", "SigV4", "S3Protocol", "HTTPServer", "HTTPGateway", "HTTPTransport",
        "ObjectStore", "S3Server", "S3Storage", "EventBus", "MetricsPages", "Passwords",
        "FunctionHost",
        "SAMTemplate",
        "FunctionPackages", "PageBundles", "RedisClient", "CProcess", "Webhooks", log,
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),

    // What is installed with the command line, and whether it works.
    library(
      "Installations", in: "Host",
      ["LocalRuntime", "LocalStorage", "SAMTemplate", "Terminals", "CProcess", "Core"]),

    // What is run.
    executable("Snippets", ["PreviewRendering", "Previews", "MediaJobs", "EventBus", "FunctionRuntime", "Core", log]),
    executable(
      "ProcessClip",
      [
        "PreviewRendering", "Previews", "MediaJobs", "Clips",
        "FunctionRuntime", "Core",
      ]),
    executable("Storyboard", ["Storyboards", "Previews", "FunctionRuntime", "Core"]),
    executable(
      "RecordFailure",
      ["AudioJobs", "VideoProxy", "Library", "MediaJobs", "Previews", "FunctionRuntime", "Core"]),
    executable(
      "ConvertVideo",
      [
        "ConversionAPI", "Conversions", "GIFConversion", "RemoteFetch", "ObjectCache", "ObjectStore", "MediaJobs",
        "S3Protocol",
        "FunctionRuntime", "HTTPTransport", "Clips",
        "MediaTypes", "Core", log,
      ]),
    executable(
      "MediaAPI",
      [
        "ConversionAPI", "VideoRoutes", "LibraryAPI", "Library", "LambdaEvents", "MediaJobs", "EventBus",
        "ObjectStore",
        "FunctionRuntime", "Core", log,
      ]),
    executable(
      "TranscodeAudio",
      ["AudioTranscoding", "Waveforms", "Library", "MediaJobs", "FunctionRuntime", "Core"]),
    executable(
      "TransformImage",
      [
        "ImageCodecs", "ImageTransforms", "LibraryAPI", "Library", "LambdaEvents", "MediaJobs", "MediaTypes",
        "ObjectCache",
        "ObjectStore", "S3Protocol", "FunctionRuntime", "Checksums", "Core", log,
        .product(name: "Metrics", package: "swift-metrics"),
      ]),
    executable(
      "EncodeSegment",
      [
        "VideoProxy", "Library", "MediaJobs", "VideoEncoding", "Clips",
        "MediaTypes", "FunctionRuntime", "Core",
      ]),
    executable(
      "ProxyVideo",
      [
        "VideoProxy", "Library", "MediaJobs", "VideoTracks", "Posters", "Clips",
        "MediaTypes", "FunctionRuntime",
        "Core",
      ]),
    executable(
      "zoetrope",
      [
        "VideoProxy", "VideoTracks",
        "Conversions", "GIFConversion", "RemoteFetch",
        "MediaJobs", "Previews", "PreviewRendering", "LocalRuntime", "SAMTemplate", "Terminals", "Installations",
        "ImageTransforms", "Library", "JWT",
        "HTTPServer", "S3Server", "ObjectStore", "EventBus", "Storyboards", "RedisClient", "AWSCredentials",
        "HTTPTransport", "SigV4", "Audio", "AudioDecoding", "WaveformDrawing", "Animations", "Clips", "Demuxing",
        "LocalStorage", "WebPages",
        "MediaTypes", "Core", "Passwords", log,
        "Checksums", "Encodings", "S3Protocol",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),

    // HTTP functions to learn from; docs/HTTP.md explains them.
    .executableTarget(
      name: "HelloHTTP",
      dependencies: [
        "FunctionRuntime", "LambdaEvents", .product(name: "CoreMetrics", package: "swift-metrics"),
      ], path: "Examples/HelloHTTP",
      swiftSettings: settings, linkerSettings: [staticRuntime]),

    // The functions of the article "Writing a function" (Sources/FunctionRuntime/FunctionRuntime.docc).
    .executableTarget(
      name: "WordCount",
      dependencies: ["Core", "EventBus", "FunctionRuntime", "LambdaEvents", "ObjectStore", "S3Protocol", log],
      path: "Examples/WordCount", swiftSettings: settings, linkerSettings: [staticRuntime]),

    // Tests: one target per module, and the whole thing over real sockets with real clients.
    .target(
      name: "LoopbackServer", dependencies: ["Core"], path: "Tests/LoopbackServer", swiftSettings: settings),
    // ffmpeg and scratch folders, for tests of media.
    .target(name: "MediaTools", path: "Tests/MediaTools", swiftSettings: settings),
    // Stores that count and interrupt, for tests of jobs.
    .target(
      name: "TestStores", dependencies: ["ObjectStore", "S3Protocol", "Core"], path: "Tests/TestStores",
      swiftSettings: settings),
    // A function that can be a fork server; tests start it.
    .executableTarget(name: "ForkedFunction", dependencies: ["CForkServer"], path: "Tests/ForkedFunction"),
    tests("CoreTests", in: "Core", ["Core"]),
    tests("EncodingsTests", in: "Core", ["Encodings"]),
    tests("TerminalsTests", in: "Core", ["Terminals", "Core"]),
    tests("ChecksumsTests", in: "Core", ["Checksums", "Encodings"]),
    tests("LambdaEventsTests", in: "AWS", ["LambdaEvents", "Core"]),
    tests("PasswordsTests", in: "Core", ["Passwords", "Core"]),
    tests(
      "ReferenceAnswersTests", in: "AWS",
      ["ReferenceAnswers", "LambdaEvents", "ObjectCache", "ObjectStore", "S3Protocol", "Core", log]),
    tests("JWTTests", in: "Core", ["JWT", "Core", "Encodings"]),
    tests("SigV4Tests", in: "AWS", ["SigV4", "Checksums", "Encodings"]),
    tests("S3ProtocolTests", in: "AWS", ["S3Protocol", "Checksums", "Encodings"]),
    tests("HTTPTransportTests", in: "Clients", ["HTTPTransport", "LoopbackServer", "Core"]),
    tests("RemoteFetchTests", in: "Clients", ["RemoteFetch", "HTTPTransport", "LoopbackServer", "Core"]),
    tests("RedisClientTests", in: "Clients", ["RedisClient", "Core"]),
    tests(
      "ClipsTests", in: "Media",
      ["MediaTools", "Animations", "ClipIndexing", "Clips", "Images", "VideoDecoding", "MediaTypes", "Core"]),
    tests("FrameConversionTests", in: "Media", ["CPixels", "FrameConversion"]),
    tests("GIFTests", in: "Media", ["CPixels", "FrameConversion", "GIF", "Images", "MediaTypes"]),
    tests("PostersTests", in: "Media", ["MediaTools", "Posters", "Images", "MediaTypes", "Core"]),
    tests("MP4Tests", in: "Media", ["MP4", "MediaTypes", "Core"]),
    tests("AudioTests", in: "Media", ["Audio", "AudioDecoding", "MediaTypes", "Core"]),
    tests("WaveformDrawingTests", in: "Media", ["WaveformDrawing"]),
    tests(
      "AudioJobsTests", in: "Jobs", ["AudioJobs", "MediaJobs", "EventBus", "ObjectStore", "S3Protocol", "Core", log]),
    tests(
      "AudioTranscodingTests", in: "Jobs",
      [
        "AudioTranscoding", "AudioJobs", "Audio", "EventBus", "LambdaEvents", "MediaJobs", "ObjectCache", "ObjectStore",
        "S3Protocol", "TestStores", "Core", log,
      ]),
    tests("ImagesTests", in: "Media", ["Images", "MediaTypes"]),
    tests("ImageCodecsTests", in: "Media", ["ImageCodecs", "MediaTypes"]),
    tests(
      "AWSCredentialsTests", in: "AWS", ["AWSCredentials", "HTTPTransport", "LoopbackServer", "SigV4", "Core"]),
    tests("FunctionPackagesTests", in: "Host", ["FunctionPackages", "Core"]),
    tests("SchedulesTests", in: "Host", ["Schedules", "Encodings", "Core"]),
    tests("SAMTemplateTests", in: "Host", ["SAMTemplate", "Schedules", "Core"]),
    tests(
      "EventBusTests", ["EventBus", "AWSCredentials", "HTTPTransport", "LoopbackServer", "S3Protocol", "SigV4", "Core"]),
    tests(
      "ObjectStoreTests",
      [
        "ObjectStore", "HTTPTransport", "LoopbackServer", "Checksums", "SigV4", "S3Protocol",
        "Core", "Encodings",
        // The client is run against the embedded store.
        "HTTPServer", "LocalStorage", "S3Server", log,
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    tests(
      "FunctionRuntimeTests",
      [
        "FunctionRuntime", "HTTPTransport", "LambdaEvents", "LoopbackServer", "Encodings", "Core", log,
        .product(name: "CoreMetrics", package: "swift-metrics"),
      ]),
    tests("ConversionAPITests", in: "Jobs", ["ConversionAPI", "Conversions", "EventBus", "ObjectStore", "Core"]),
    tests("ConversionsTests", in: "Jobs", ["Conversions", "RemoteFetch", "Core"]),
    tests("GIFConversionTests", in: "Jobs", ["Conversions", "GIFConversion"]),
    tests(
      "MediaJobsTests", in: "Jobs",
      ["MediaJobs", "MediaTypes", "EventBus", "ObjectStore", "TestStores", "Core", "S3Protocol", log]),
    tests("ImageTransformsTests", in: "Jobs", ["ImageTransforms", "MediaTypes"]),
    tests("LibraryAPITests", in: "Jobs", ["LibraryAPI", "Library", "LambdaEvents"]),
    tests(
      "LibraryTests", in: "Jobs",
      [
        "ImageTransforms", "Library", "MediaJobs", "EventBus", "ObjectStore", "S3Protocol", "TestStores", "Core", log,
      ]),
    tests(
      "PreviewsTests", in: "Jobs",
      [
        "MediaJobs", "Previews", "PreviewRendering", "S3Protocol", "EventBus", "ObjectStore", "MediaTypes",
        "TestStores",
        "Core", log,
      ]),
    tests("ObjectCacheTests", in: "Jobs", ["ObjectCache", "ObjectStore", "S3Protocol", "Core", log]),
    tests(
      "StoryboardsTests", in: "Jobs",
      [
        "Storyboards", "Images", "MediaJobs", "Previews", "EventBus", "ObjectStore", "S3Protocol", "MediaTypes",
        "TestStores", "Core", log,
      ]),
    tests(
      "HTTPGatewayTests", in: "Host",
      [
        "HTTPGateway", "S3Server", "HTTPServer", "S3Storage", "LambdaEvents", "Checksums", "Encodings",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
      ]),
    tests(
      "WebhooksTests", in: "Host",
      ["Webhooks", "FunctionHost", "HTTPTransport", "RemoteFetch", "LoopbackServer", "Core"]),
    tests("MetricsPagesTests", in: "Host", ["MetricsPages"]),
    tests(
      "HTTPServerTests", in: "Host",
      [
        "Encodings", "HTTPServer", "Core", log,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),
    tests(
      "VideoProxyTests", in: "Jobs",
      [
        "MediaTools", "VideoProxy", "VideoEncoding", "VideoTracks", "MP4", "Library", "MediaJobs", "EventBus",
        "ObjectStore", "S3Protocol", "TestStores", "MediaTypes", "Core", log,
      ]),
    tests(
      "S3StorageTests", in: "Host",
      [
        "S3Storage", "S3Protocol", "Checksums", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    tests(
      "S3ServerTests", in: "Host",
      [
        "S3Server", "S3Protocol", "S3Storage", .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),
    tests(
      "FunctionHostTests", in: "Host",
      [
        "CProcess", "FunctionHost", "Core", "Processes", log,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    tests(
      "InvocationsTests", in: "Host",
      [
        "Invocations", "FunctionHost", "Core",
      ]),
    tests(
      "InvocationQueueTests", in: "Host",
      [
        "Invocations", "LocalStorage", "SQLiteQueue", "RedisQueue", "RedisClient", "Core", log,
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    tests(
      "LocalStorageTests", in: "Host",
      [
        "LocalStorage", "SQLiteQueue", "HTTPServer", "S3Server", "S3Storage", "ObjectStore", "S3Protocol", "SigV4",
        "Checksums", "HTTPTransport",
        "Core", "Encodings", log,
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    tests(
      "EventRoutingTests", in: "Host",
      [
        "EventBus", "EventRouting", "Invocations", "LocalStorage", "SQLiteQueue", "SAMTemplate", "Core", log,
      ]),
    tests(
      "ObservabilityTests", in: "Host",
      [
        "Observability", "Core", "FunctionHost", "HTTPGateway",
      ]),
    tests(
      "WebPagesTests", in: "Pages",
      ["PageBundles", "WebPages"]),
    tests(
      "AdminServerTests", in: "Host",
      [
        "AdminServer",
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),
    tests(
      "LocalRuntimeTests", in: "Host",
      [
        "LocalRuntime", "LocalStorage", "ObjectStore", "SigV4", "HTTPTransport",
        "Core", "Encodings", log,
      ]),
  ]
)
