// What a page remembers in its address, so that a link to it shows the same.

function readAddress() { return new URLSearchParams(location.hash.slice(1)); }

// A page in a frame of another one, as in a notebook, has no address of its own.
function writeAddress(parameters) {
  try {
    history.replaceState(null, '', '#' + parameters);
  } catch (error) {
    if (error.name !== 'SecurityError') throw error;
  }
}
