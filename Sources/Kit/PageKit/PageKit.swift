// PageKit
