// swift-tools-version: 6.0
import PackageDescription

let package = Package(name: "suite", targets: [.testTarget(name: "SuiteTests")])
