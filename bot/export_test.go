package bot

// Prepare is what Receive does with an event before the store sets the scene.
var Prepare = prepare
