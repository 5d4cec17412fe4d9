// Draws each chart of the page from the JSON that stands beside it.
(function () {
  var narrow = window.matchMedia("(max-width: 700px)").matches;
  document.querySelectorAll("div.plot").forEach(function (place) {
    var figure = JSON.parse(document.getElementById(place.id + "-data").textContent);
    var layout = figure.layout;
    if (narrow) {
      layout.dragmode = false; // a finger on the chart scrolls the page
      layout.font.size = 11;
      layout.margin = { l: 50, r: 8, t: 30, b: 36 };
      Object.keys(layout).forEach(function (key) {
        if (key.indexOf("yaxis") === 0 && layout[key].title) { layout[key].title.standoff = 4; }
      });
    }
    window.Plotly.newPlot(place, figure.data, layout, { responsive: true, displayModeBar: false });
  });
})();
